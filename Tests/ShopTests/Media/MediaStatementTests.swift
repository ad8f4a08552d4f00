import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog
@testable import Inventory

extension ShopTests {
  /// The statements of attachments, digital goods and forecasts that are asked for often, or for many rows.
  @Suite struct MediaStatementTests {
    /// What each is to read, in a shop where many products have files and keys.
    private static let statements: [(name: String, indexes: [String], query: @Sendable (Keys) throws -> Query)] = [
      (
        "lock of an attachment's product", ["attachment_pkey", "product_pkey"],
        { ProductAttachments.locking(ofAttachment: $0.attachment, .every) }
      ),
      ("attachments of a product", ["attachment_position_key"], { ProductAttachments.query(of: $0.product) }),
      ("files of a variant", ["digital_file_of_variant", "media_file_pkey"], { DigitalGoods.files(of: $0.variant) }),
      ("free keys of a variant", ["licence_key_not_given"], { LicenceKeys.countQuery(of: $0.variant) }),
      (
        "withdrawal of keys", ["licence_key_hash_key"],
        { LicenceKeyWithdrawal.lock([[UInt8](repeating: 1, count: 32)], of: $0.variant) }
      ),
      ("files that nothing uses", ["attachment_of_file", "digital_file_of_file"], { _ in MediaUpkeep.mark }),
      ("stock of a forecast", ["stock_pkey", "variant_id_version_idx"], { try $0.forecast().stock }),
      ("sales of a forecast", ["variant_id_version_idx"], { try $0.forecast().sales }),
    ]

    /// Rows of the shop.
    private struct Keys: Sendable {
      let product: ID
      let variant: ID
      let attachment: ID

      func forecast() throws -> StockForecastQuery {
        try StockForecastQuery(
          request(GetStockForecastRequest.self) { $0.variantID = $0.text(variant.description) },
          by: TestCaller.admin.caller(seller: nil), at: .now)
      }
    }

    @Test("the statements of attachments, digital goods and forecasts use their indexes")
    func indexes() async throws {
      let shop = try await TestShop.make(products: 2_000)
      let keys = try await Self.fill(shop)
      for (name, indexes, query) in Self.statements {
        for index in indexes {
          let plan = try await shop.run { database in
            try await database.transaction { transaction in
              // The partitions of a month that has just begun are small enough to be read as a whole.
              try await transaction.execute("SET LOCAL enable_seqscan = off")
              return try await transaction.rows("EXPLAIN (COSTS OFF) \(try query(keys))", access: .write)
                .map { try $0.string("QUERY PLAN") }.joined(separator: "\n")
            }
          }
          #expect(plan.contains(index), "\(name): \(index)\n\(plan)")
          #expect(!plan.contains("Seq Scan"), "\(name)\n\(plan)")
        }
      }
    }

    /// Two attachments of each product, and a file and two keys of each variant.
    private static func fill(_ shop: TestShop) async throws -> Keys {
      try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO catalog.media_file (hash, kind, content_type, size_bytes, unused_since)
          SELECT sha256(n::text::bytea), 'document', 'application/pdf', 4, CASE WHEN n > 3000 THEN now() END
            FROM generate_series(1, 6000) n
          """)
        try await database.execute(
          """
          INSERT INTO catalog.attachment (product_id, seller_id, position, kind, url, file_hash)
          SELECT p.id, p.seller_id, n, 'document', '/media/a.pdf', sha256(((p.number + n) % 3000 + 1)::text::bytea)
            FROM (SELECT id, seller_id, row_number() OVER (ORDER BY id) AS number FROM catalog.product) p,
                 generate_series(1, 2) n
          """)
        try await database.execute(
          """
          INSERT INTO catalog.digital_file (variant_id, seller_id, file_name, file_hash)
          SELECT v.id, v.seller_id, 'a.pdf', sha256((v.number % 3000 + 1)::text::bytea)
            FROM (SELECT id, seller_id, row_number() OVER (ORDER BY id) AS number FROM catalog.variant) v
          """)
        try await database.execute(
          """
          INSERT INTO catalog.licence_key (variant_id, seller_id, key_hash, sealed, given_at)
          SELECT v.id, v.seller_id, sha256((v.id || n::text)::bytea), '\\x00', CASE WHEN n = 1 THEN now() END
            FROM catalog.variant v, generate_series(1, 2) n
          """)
        let tables: [Query] = [
          "catalog.media_file", "catalog.attachment", "catalog.digital_file", "catalog.licence_key",
        ]
        for table in tables { try await database.execute("ANALYZE \(table)") }
        let rows = try await database.rows(
          """
          SELECT a.id AS attachment, a.product_id AS product, v.id AS variant
            FROM catalog.attachment a JOIN catalog.variant v ON v.product_id = a.product_id
           ORDER BY a.id LIMIT 1
          """)
        let row = try #require(rows.first)
        return Keys(
          product: try row.id("product"), variant: try row.id("variant"), attachment: try row.id("attachment"))
      }
    }
  }
}
