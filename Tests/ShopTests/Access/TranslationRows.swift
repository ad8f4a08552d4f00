import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.TranslationService/"
  private static let missing = AccessOutcome.all(.notFound)
  /// What is no seller's is there for those who have access to every seller.
  private static let ofPlatform = AccessOutcome.all(.notFound).but(.ok, for: TestCaller.ofEveryShop)
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])
  private static let readers = writers.union([.support])

  private static func request(
    _ kind: String, _ id: String, _ fields: String, _ things: AccessResources
  ) -> AccessRequest {
    AccessRequest(
      json: "{\"kind\": \"TRANSLATED_KIND_\(kind)\", \"resource_id\": \"\(id)\"\(fields)}", names: [id])
  }

  /// A resource of each kind: `fields` are those behind it, for the path of a text.
  private static func resources(
    _ fields: @escaping @Sendable (_ path: String, AccessResources) -> String
  ) -> [AccessCase] {
    [
      .one("resource_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await things.ofShop(whose) { try await things.newProduct(of: $0) }
        return request("PRODUCT", id, fields("title", things), things)
      },
      .one("resource_id", own: ofPlatform, absent: missing) { things, whose in
        let id = whose == .absent ? AccessResources.absent : try await things.newCategory()
        return request("CATEGORY", id, fields("title", things), things)
      },
      .one("resource_id", own: ofPlatform, absent: missing) { things, whose in
        let id = whose == .absent ? AccessResources.absent : try await things.newTypeWithAttributes()
        return request("PRODUCT_TYPE", id, fields("attributes[material].title", things), things)
      },
      .one("resource_id", own: ofPlatform, absent: missing) { things, whose in
        let id = whose == .absent ? AccessResources.absent : try await things.newCollection()
        return request("COLLECTION", id, fields("title", things), things)
      },
      .one("resource_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        request("SHOP", things.shop(whose, \.seller), fields("description", things), things)
      },
    ]
  }

  static let translations = [
    AccessRow(
      service + "SetTranslations", writers,
      cases: resources {
        ", \"locale\": \"de\", \"texts\": {\"\($0)\": \"Tisch\"}, \"request_id\": \"\($1.requestID)\""
      }),
    AccessRow(service + "ListTranslations", readers, cases: resources { _, _ in "" }),
    AccessRow(
      service + "ListMissingTranslations", readers,
      .list(
        own: TestCaller.ofFirstShop.union(TestCaller.ofEveryShop),
        others: TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)
      ) { things in
        var ids: [String] = []
        for shop in things.shops { ids.append(try await things.newProduct(of: shop.seller)) }
        return AccessRequest(json: "{\"page_size\": 250, \"locale\": \"fr\"}", names: ids)
      }),
  ]
}
