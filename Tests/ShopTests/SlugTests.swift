import Platform
import Testing

@Suite struct SlugTests {
  private static let charactersMax = 12
  private static let id = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18") ?? .none

  @Test(arguments: [
    ("Oak desk", "oak-desk"), ("  Oak -- desk! ", "oak-desk"), ("Women's", "womens"), ("exactly-12-ch", "exactly-12"),
    ("twelve chars", "twelve-chars"), ("Donaudampfschifffahrt", "donaudampfsc"), ("one two three four", "one-two"),
    ("Щётка для", "setka-dla"),
  ])
  func aTitleMakesOne(title: String, slug: String) {
    #expect(Slug(of: title, charactersMax: Self.charactersMax)?.text == slug)
  }

  @Test(arguments: ["", " ", "!", "\u{1f600}", "'"])
  func nothingMakesNone(title: String) {
    #expect(Slug(of: title, charactersMax: Self.charactersMax) == nil)
  }

  @Test(arguments: [
    ("a", true), ("a-1", true), ("twelve-chars", true), ("", false), ("-", false), ("a-", false), ("-a", false),
    ("a--b", false), ("A", false), ("a b", false), ("ä", false), ("thirteen-char", false),
  ])
  func aWrittenOneIsTakenAsItIs(written: String, isSlug: Bool) {
    #expect((Slug(written, charactersMax: Self.charactersMax)?.text == written) == isSlug)
  }

  @Test func oneThatIsTakenGetsAWordOfTheID() {
    let slug = Slug(of: "Oak desk", charactersMax: 20)
    #expect(slug?.distinguished(by: Self.id, charactersMax: 20).text == "oak-desk-0a7c4e18")
    #expect(slug?.distinguished(by: Self.id, charactersMax: 13).text == "oak-0a7c4e18")
    #expect(Slug.of("product", Self.id).text == "product-0a7c4e18")
  }
}
