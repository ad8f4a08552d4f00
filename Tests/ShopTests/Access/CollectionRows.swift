import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.CollectionService/"
  private static let reader = "fastshop.catalog.v1.CatalogService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  /// Collections are the platform's: sellers cannot put their products into them.
  private static let configurers: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]

  private static func collection(_ relation: AccessRelation, _ things: AccessResources) async throws -> String {
    relation == .absent ? AccessResources.absent : try await things.newCollection()
  }

  static let collections = [
    AccessRow(
      reader + "GetCollection", TestCaller.everybody, plainFields: ["slug"],
      .one("id", own: found, absent: missing) { things, whose in
        let id = try await collection(whose, things)
        return AccessRequest(json: "{\"id\": \"\(id)\"}", names: [id])
      },
      // One that is not visible yet is not there, whoever asks.
      .one("id", own: missing) { things, _ in
        let id = try await things.newCollection(visibleFrom: "9000-01-01")
        return AccessRequest(json: "{\"id\": \"\(id)\"}", names: [id])
      }),
    AccessRow(reader + "ListCollections", TestCaller.everybody, .plain(.ok)),
    AccessRow(
      reader + "ListCollectionProducts", TestCaller.everybody,
      .one("collection_id", own: found, absent: missing) { things, whose in
        let id = try await collection(whose, things)
        return AccessRequest(json: "{\"collection_id\": \"\(id)\"}", names: [id])
      }),
    AccessRow(
      service + "CreateCollection", configurers, plainFields: ["collection.id", "collection.slug"],
      .one("collection.rule.category_id", own: found, absent: missing) { things, whose in
        let id = whose == .absent ? AccessResources.absent : try await things.newCategory()
        return AccessRequest(
          json: """
            {"collection": {"title": "Gifts", "rule": {"category_id": "\(id)"}}, "request_id": "\(things.requestID)"}
            """, names: [id])
      },
      .one("collection.rule.seller_id", own: found, others: found, absent: missing) { things, whose in
        let id = things.shop(whose, \.seller)
        return AccessRequest(
          json: """
            {"collection": {"title": "Gifts", "rule": {"seller_id": "\(id)"}}, "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "UpdateCollection", configurers,
      plainFields: ["collection.slug", "collection.rule.category_id", "collection.rule.seller_id"],
      .one("collection.id", own: found, absent: missing) { things, whose in
        let id = try await collection(whose, things)
        return AccessRequest(
          json: """
            {"collection": {"id": "\(id)", "title": "Gifts"}, "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "DeleteCollection", configurers,
      .one("collection_id", own: found, absent: missing) { things, whose in
        let id = try await collection(whose, things)
        return AccessRequest(
          json: "{\"collection_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    AccessRow(
      service + "SetCollectionProducts", configurers,
      .one("collection_id", own: found, absent: missing) { things, whose in
        let id = try await collection(whose, things)
        return AccessRequest(
          json: "{\"collection_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      },
      .one("product_ids", own: found, others: found, absent: missing) { things, whose in
        let id = try await things.newCollection()
        let product =
          whose == .absent ? AccessResources.absent : try await things.newProduct(of: things.shop(whose, \.seller))
        return AccessRequest(
          json: """
            {"collection_id": "\(id)", "product_ids": ["\(product)"], "request_id": "\(things.requestID)"}
            """, names: [id, product])
      }),
    AccessRow(
      service + "PreviewCollection", configurers,
      plainFields: ["rule.category_id", "rule.seller_id"], .plain(.ok)),
    AccessRow(service + "ListManagedCollections", configurers, .plain(.ok)),
  ]
}

extension AccessResources {
  /// A new collection without products.
  func newCollection(visibleFrom: String = "-infinity") async throws -> String {
    let slug = requestID
    return try await make {
      """
      INSERT INTO catalog.collection (id, slug, title, visible_from)
      VALUES (platform.uuid_v7(), \(slug), 'Gifts', \(visibleFrom)::text::timestamptz)
      RETURNING id
      """
    }
  }
}
