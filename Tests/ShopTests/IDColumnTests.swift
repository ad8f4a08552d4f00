import Platform
import Postgres
import Testing

extension ShopTests {
  @Suite struct IDColumnTests {
    @Test("a column has an id or NULL; what is damaged is an error, not NULL")
    func optional() async throws {
      let shop = try await TestShop.make(products: 3)
      let id = TestID.next()
      let (found, missing) = try await shop.run { database in
        let rows = try await database.rows(
          "SELECT \(id)::text AS id, NULL::text AS missing, \(id)::text || '0' AS damaged")
        let row = try #require(rows.first)
        #expect(throws: PostgresError.self) { try row.optionalID("damaged") }
        #expect(throws: PostgresError.self) { try row.id("damaged") }
        #expect(throws: PostgresError.self) { try row.id("missing") }
        return (try row.optionalID("id"), try row.optionalID("missing"))
      }
      #expect(found?.description == id && missing == nil)
    }
  }
}
