import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.CategoryService/"
  private static let reader = "fastshop.catalog.v1.CatalogService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  /// The tree is the platform's: sellers put their products into it.
  private static let configurers: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]

  private static func category(_ relation: AccessRelation, _ things: AccessResources) async throws -> String {
    relation == .absent ? AccessResources.absent : try await things.newCategory()
  }

  private static func merge(_ id: String, _ target: String, _ things: AccessResources) -> AccessRequest {
    AccessRequest(
      json: """
        {"category_id": "\(id)", "target_category_id": "\(target)", "request_id": "\(things.requestID)"}
        """, names: [id, target])
  }

  static let categories = [
    AccessRow(
      reader + "GetCategory", TestCaller.everybody,
      .one("id", own: found, others: found, absent: missing) { things, whose in
        let id = things.shop(whose, \.category)
        return AccessRequest(json: "{\"id\": \"\(id)\"}", names: [id])
      }),
    AccessRow(
      reader + "ResolvePath", TestCaller.everybody,
      .one(own: missing) { things, whose in
        // What is not on sale leads nowhere.
        let slug = "hidden-" + things.shop(whose, \.hiddenProduct)
        return AccessRequest(json: "{\"product\": \"\(slug)\"}", names: [slug])
      }),
    AccessRow(
      service + "CreateCategory", configurers, plainFields: ["category.id", "category.slug"],
      .one("category.parent_id", own: found, absent: missing) { things, whose in
        let id = try await category(whose, things)
        return AccessRequest(
          json: """
            {"category": {"title": "Lamps", "parent_id": "\(id)"}, "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "UpdateCategory", configurers, plainFields: ["category.parent_id", "category.slug"],
      .one("category.id", own: found, absent: missing) { things, whose in
        let id = try await category(whose, things)
        return AccessRequest(
          json: """
            {"category": {"id": "\(id)", "title": "Lamps"}, "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "MoveCategory", configurers,
      .one("category_id", own: found, absent: missing) { things, whose in
        let id = try await category(whose, things)
        return AccessRequest(json: "{\"category_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      },
      .one("parent_id", own: found, absent: missing) { things, whose in
        let (id, parent) = (try await things.newCategory(), try await category(whose, things))
        return AccessRequest(
          json: """
            {"category_id": "\(id)", "parent_id": "\(parent)", "request_id": "\(things.requestID)"}
            """, names: [id, parent])
      }),
    AccessRow(
      service + "MergeCategories", configurers,
      .one("category_id", own: found, absent: missing) { things, whose in
        let (id, target) = (try await category(whose, things), try await things.newCategory())
        return merge(id, target, things)
      },
      .one("target_category_id", own: found, absent: missing) { things, whose in
        let (id, target) = (try await things.newCategory(), try await category(whose, things))
        return merge(id, target, things)
      }),
    AccessRow(
      service + "DeleteCategory", configurers,
      .one("category_id", own: found, absent: missing) { things, whose in
        let id = try await category(whose, things)
        return AccessRequest(json: "{\"category_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
  ]
}

extension AccessResources {
  /// A new empty category at the root of the tree.
  func newCategory() async throws -> String {
    let slug = requestID
    return try await make {
      """
      INSERT INTO catalog.category (id, slug, path, title, lineage, position, place)
      SELECT made.id, \(slug), \(slug), 'Lamps', ARRAY[made.id], 9999, '9999'
        FROM (SELECT platform.uuid_v7() AS id OFFSET 0) made
      RETURNING id
      """
    }
  }
}
