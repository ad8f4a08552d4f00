import Platform
import Testing

@testable import Identity

@Suite struct EnteredTextTests {
  @Test(arguments: [
    (" Ada ", "Ada"), ("e\u{301}", "\u{e9}"), ("Ada\u{202e}cod.exe", "Adacod.exe"), ("\u{2067}Ada\u{2069}", "Ada"),
    ("\u{feff}Ada\u{200b}\u{3000}", "Ada"), ("", ""), (" \u{2003}", ""), ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
    ("❤\u{fe0f}", "❤\u{fe0f}"), ("می\u{200c}خواهم", "می\u{200c}خواهم"), ("O'Brien-Ñandú", "O'Brien-Ñandú"),
  ])
  func textIsKeptAsPeopleReadIt(typed: String, kept: String) throws {
    let text = try EnteredText(typed, charactersMax: 100).text
    #expect(Array(text.unicodeScalars) == Array(kept.unicodeScalars))
    #expect(try EnteredText(text, charactersMax: 100).text.utf8.elementsEqual(text.utf8))
  }

  @Test(arguments: [
    "\u{200d}", "\u{2063}\u{200c}", "\u{34f}", "\u{fe0f}", "\u{e0041}", "\u{301}", "a\u{7}", "a\nb", "a\u{2028}b",
    "a\u{85}b", "a\u{fffe}b", "\u{1d159}",
  ])
  func whatCannotBeSeenIsRefused(_ typed: String) {
    #expect(throws: EnteredText.Fault.self) { try EnteredText(typed, charactersMax: 100) }
  }

  /// Blanks of every kind alone are nothing, so that a field that must be set is not.
  @Test(arguments: [
    "\u{3164}", "\u{2800}", "\u{115f}\u{1160}", "\u{ffa0}", "\u{200b}", "\u{ad}", "\u{202e}", "\u{2066}",
  ])
  func blanksAreNothing(_ typed: String) throws {
    #expect(try EnteredText(typed, charactersMax: 100).text.isEmpty)
    var check = RequestCheck()
    _ = check.displayName(typed, "name")
    #expect(throws: (any Error).self) { try check.verify() }
  }

  @Test func charactersAreCodePointsOnceComposed() throws {
    let decomposed = String(repeating: "e\u{301}", count: 100)
    #expect(try EnteredText(decomposed, charactersMax: 100).text.unicodeScalars.count == 100)
    #expect(throws: EnteredText.Fault.tooLong) { try EnteredText(decomposed + "e", charactersMax: 100) }
    #expect(throws: EnteredText.Fault.tooLong) {
      try EnteredText(String(repeating: " ", count: 1 << 20), charactersMax: 100)
    }
  }

  @Test func notesHaveLines() throws {
    #expect(try EnteredText("a\r\n\tb", charactersMax: 10, shape: .lines).text == "a\r\n\tb")
    #expect(throws: EnteredText.Fault.unprintable) { try EnteredText("a\u{0}b", charactersMax: 10, shape: .lines) }
  }

  @Test func whatProgramsSayIsCut() {
    #expect(EnteredText(cutting: "curl/8.0\u{202e}\n", charactersMax: 200).text == "curl/8.0")
    #expect(
      EnteredText(cutting: String(repeating: "é", count: 300), charactersMax: 200).text.unicodeScalars.count == 200)
  }
}

@Suite struct EnteredCodeTests {
  @Test(arguments: [
    ("123 456", "123456"), (" 123-456\n", "123456"), ("１２３４５６", "123456"), ("١٢٣٤٥٦", "123456"),
    ("abcd-efgh ijkl.mnop", "ABCDEFGHIJKLMNOP"), ("123\u{a0}456", "123456"), ("123–456", "123456"),
  ])
  func codesOfTheSecondFactorAreReadHoweverTheyAreTyped(typed: String, read: String) throws {
    var check = RequestCheck()
    #expect(check.code(typed, "code") == read)
    try check.verify()
  }

  @Test(arguments: ["", "12345", "1234567", "12345a", "ABCD-EFGH-IJKL-MNO", "ABCD-EFGH-IJKL-MNO1", "123456é"])
  func othersAreNoGuess(_ typed: String) {
    var check = RequestCheck()
    _ = check.code(typed, "code")
    #expect(throws: (any Error).self) { try check.verify() }
  }

  @Test(arguments: ["bcdf-ghjk", "BCDFGHJK", "b c d f g h j k", "BCDF.GHJK", "bcdf—ghjk", "ＢＣＤＦ_ＧＨＪＫ", "(BCDF/GHJK)"])
  func codesOfDevicesMayBePartedByAnything(_ typed: String) {
    #expect(UserCode(typed: typed)?.text == "BCDF-GHJK")
  }

  @Test(arguments: ["", "BCDFGHJ", "BCDFGHJKL", "AEIOUAEI", "1234-5678"])
  func othersAreNone(_ typed: String) {
    #expect(UserCode(typed: typed) == nil)
  }
}

@Suite struct TypedFieldTests {
  @Test(arguments: [
    ("+43 1 234-5678", "+4312345678"), ("+43 (0) 1 2345678", "+4312345678"), ("0043/1/2345678", "+4312345678"),
    ("+1 (415) 555.0100", "+14155550100"), ("＋４３１２３４５６７８", "+4312345678"), ("", ""), (" ", ""),
  ])
  func telephoneNumbersAreReadWithWhatPartsThem(typed: String, read: String) throws {
    var check = RequestCheck()
    #expect(check.phone(typed, "phone") == read)
    try check.verify()
  }

  @Test(arguments: ["call me", "0123", "+0123456789", "+1234567890123456", "+43+12345678", "+431234567x8", "123456789"])
  func othersAreNot(_ typed: String) {
    var check = RequestCheck()
    _ = check.phone(typed, "phone")
    #expect(throws: (any Error).self) { try check.verify() }
  }

  @Test(arguments: [
    ("de-at", "de-AT"), ("DE_at", "de-AT"), (" en ", "en"), ("zh-hant-tw", "zh-Hant-TW"), ("", ""),
    ("x-at-home", "x-at-home"),
    ("sl-rozaj", "sl-rozaj"),
  ])
  func localesAreWrittenAsUsual(typed: String, read: String) throws {
    var check = RequestCheck()
    #expect(check.locale(typed, "locale") == read)
    try check.verify()
  }
}
