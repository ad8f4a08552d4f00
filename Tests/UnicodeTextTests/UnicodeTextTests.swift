import Testing
import UnicodeText

@Suite struct UnicodeTextTests {
  @Test func textIsComposed() {
    #expect(Array("e\u{301}".nfc.unicodeScalars) == ["\u{e9}"])
    #expect(Array("１２３ ﬁ".nfkc.utf8) == Array("123 fi".utf8))
    #expect(Array("é".nfkd.unicodeScalars) == ["e", "\u{301}"])
    #expect("plain".nfc == "plain" && "".nfc.isEmpty && "".nfkc.isEmpty)
    #expect("a\u{0}é".nfc.unicodeScalars.count == 3)
  }

  @Test func caseIsFolded() {
    #expect("STRASSE".caseFolded == "straße".caseFolded)
    #expect("ΟΔΟΣ".caseFolded == "οδος".caseFolded)
    #expect("Ada".caseFolded == "ada")
  }

  @Test(arguments: [
    ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example", "xn--bcher-kva.example"),
    ("bu\u{308}cher.example", "xn--bcher-kva.example"), ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ("faß.de", "xn--fa-hia.de"), ("почта.рф", "xn--80a1acny.xn--p1ai"),
  ])
  func domainsHaveAnASCIIForm(name: String, ascii: String) throws {
    #expect(DomainName.ascii(name) == ascii)
    #expect(DomainName.ascii(try #require(DomainName.unicode(ascii))) == ascii)
  }

  @Test(arguments: ["xn--a", "a\u{0}b.example", "\u{202e}a.example", String(repeating: "ü", count: 300) + ".example"])
  func othersHaveNone(_ name: String) {
    #expect(DomainName.ascii(name).flatMap(DomainName.unicode) == nil)
  }

  @Test(arguments: [
    ("Größe", "grosse"), ("Щётка", "setka"), ("北京", "bei jing"), ("Ελλάδα", "ellada"), ("かばん", "kaban"),
    ("İstanbul", "istanbul"), ("Plain", "plain"), ("", ""),
  ])
  func otherScriptsAreWrittenInLatinLetters(text: String, ascii: String) {
    #expect(Transliteration.ascii(text) == ascii)
  }

  @Test(arguments: [
    ("de", "de"), ("DE-at", "de-AT"), ("zh-hant-tw", "zh-Hant-TW"), ("iw", "he"), ("i-klingon", "tlh"),
    ("es-419", "es-419"), ("de-1996", "de-1996"), ("", nil), ("x", nil), ("xx", nil), ("jp", nil), ("de-XX", nil),
    ("de_DE", nil), ("de-de-de", nil), ("*", nil), ("x-a", nil), ("de-x-a", nil), ("de-u-co-phonebk", nil),
    ("und", nil),
    ("de ", nil), ("d\u{e9}", nil), ("de\u{0}", nil), (String(repeating: "a", count: 36), nil),
  ])
  func languageTagsHaveOneForm(text: String, tag: String?) {
    #expect(text.canonicalLanguageTag == tag)
  }

  @Test func whatHasNoLettersStays() {
    #expect(Transliteration.ascii("a\u{1f600}é") == "a\u{1f600}e")
    #expect(Transliteration.ascii(String(repeating: "щ", count: 10_000)) == String(repeating: "s", count: 10_000))
  }
}
