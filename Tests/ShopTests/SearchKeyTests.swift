import Postgres
import Testing

extension ShopTests {
  @Suite struct SearchKeyTests {
    /// What `platform.search_key` is, whatever the letters.
    private static func plain(_ text: String) -> Query {
      """
      normalize(
        replace(
          replace(
            lower(upper(normalize(\(text)::text, NFKC) COLLATE "und-x-icu") COLLATE "und-x-icu"), 'ς', 'σ'),
          U&'i\\0307', 'i'),
        NFKC)
      """
    }

    @Test("texts in ASCII have the keys that other letters have, by a shorter way")
    func ascii() async throws {
      let ascii = String((1..<128).map { Character(Unicode.Scalar(UInt8($0))) })
      let texts = [
        "", ascii, "Oak DESK i I", ascii + "ß", "STRASSE straße", "İstanbul ıI", "Σίσυφος", "e\u{301} é", "ﬁne №",
      ]
      let shop = try await TestShop.make(products: 3)
      try await shop.run { database in
        for text in texts {
          let row = try #require(
            try await database.rows("SELECT platform.search_key(\(text)) = \(Self.plain(text)) AS same").first)
          #expect(try row.bool("same"), "\(text)")
        }
        let none = try await database.rows("SELECT platform.search_key(NULL) IS NULL AS is_null").first
        #expect(try none?.bool("is_null") == true)
      }
    }
  }
}
