import Testing

@testable import Platform

/// Which languages a header asks for, in a shop that is written in English.
@Suite struct AcceptedLanguagesTests {
  /// The header, and for each range the languages to look for before English.
  private static let headers: [(header: String, chains: [[String]])] = [
    ("de", [["de"]]),
    ("de-AT", [["de-AT", "de"]]),
    ("DE-at , fr;q=0.5", [["de-AT", "de"], ["fr"]]),
    ("fr;q=0.2,de;q=0.9,ja", [["ja"], ["de"], ["fr"]]),
    ("fr;q=0.5,de;q=0.5", [["fr"], ["de"]]),
    ("zh-hant-tw", [["zh-Hant-TW", "zh-Hant", "zh"]]),
    ("iw", [["he"]]),
    ("de-u-co-phonebk, fr-x-a", [["de"], ["fr"]]),
    // English is there: nothing behind it counts.
    ("en,de;q=0.9", []),
    ("en-GB,de;q=0.9", [["en-GB"]]),
    ("fr,en;q=0.8,de;q=0.5", [["fr"]]),
    ("*", []),
    ("fr;q=0.9,*;q=0.5,de;q=0.1", [["fr"]]),
    // What is not wanted, or no language, is passed over.
    ("de;q=0,fr", [["fr"]]),
    ("de;q=0.000", []),
    ("xx,klingon,de", [["de"]]),
    (",, de ,\t;", []),
    (",, de ,\t", [["de"]]),
    ("de;q=1.000", [["de"]]),
    ("de; q=1", [["de"]]),
    ("de;q=1.", [["de"]]),
    // Malformed headers count as none.
    ("de;q=1.001,fr", []), ("de;q=2", []), ("de;q=-1", []), ("de;q=0.1234", []), ("de;q", []), ("de;q=", []),
    ("de;level=1", []), ("de;q=1;q=1", []), ("de_AT", []), ("de-", []), ("-de", []), ("d\u{e9}", []), ("de fr", []),
    ("abcdefghi", []), ("\u{0}", []), ("", []), ("\"de\"", []), ("*-CH", []),
  ]

  @Test("a header is read by the rules of HTTP, and what is wrong counts as none", arguments: headers.indices)
  func chains(index: Int) {
    let (header, expected) = Self.headers[index]
    #expect(Self.chains([header]) == expected, "\(header)")
  }

  @Test("several headers are one list, of which so much is read")
  func bounds() {
    #expect(Self.chains(["de", "fr;q=0.5"]) == [["de"], ["fr"]])
    let languages = ["de", "fr", "ja", "it", "es", "pt", "nl", "sv", "da", "fi", "pl"]
    #expect(Self.chains([languages.joined(separator: ",")]) == languages.dropLast().map { [$0] })
    let long = "de" + String(repeating: ",fr", count: 166)
    #expect(Self.chains([long]).count == 10 && Self.chains([long + ","]).isEmpty)
    #expect(Self.chains(["de," + String(repeating: "a-", count: 10_000)]).isEmpty)
  }

  @Test("a shop that is written in a regional language has texts for the whole language")
  func regions() throws {
    let own = try #require(LanguageTag("de-AT"))
    #expect(AcceptedLanguages(["de,en"], own: own).chains.isEmpty)
    #expect(AcceptedLanguages(["de-CH,en"], own: own).chains.map { $0.map(\.text) } == [["de-CH"]])
  }

  private static func chains(_ fields: [String]) -> [[String]] {
    AcceptedLanguages(fields, own: .english).chains.map { $0.map(\.text) }
  }
}
