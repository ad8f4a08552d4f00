import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.ProductTypeService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  /// Types are the platform's; sellers choose among them.
  private static let configurers: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]
  private static let readers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union(TestCaller.ofEveryShop)

  private static func productType(_ relation: AccessRelation, _ things: AccessResources) async throws -> String {
    relation == .absent ? AccessResources.absent : try await things.newProductType()
  }

  static let productTypes = [
    AccessRow(
      service + "CreateProductType", configurers, plainFields: ["product_type.id"],
      .plain(.ok) { things in
        """
        {"product_type": {"title": "\(things.requestID)", "attributes": [
           {"code": "size", "title": "Size", "kind": "ATTRIBUTE_KIND_CHOICE", "choices": ["S", "M"]}]},
         "request_id": "\(things.requestID)"}
        """
      }),
    AccessRow(
      service + "UpdateProductType", configurers,
      .one("product_type.id", own: found, absent: missing) { things, whose in
        let id = try await productType(whose, things)
        return AccessRequest(
          json: """
            {"product_type": {"id": "\(id)", "title": "\(things.requestID)"}, "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "DeleteProductType", configurers,
      .one("product_type_id", own: found, absent: missing) { things, whose in
        let id = try await productType(whose, things)
        return AccessRequest(
          json: "{\"product_type_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    AccessRow(service + "ListProductTypes", readers, .plain(.ok)),
    AccessRow(
      "fastshop.catalog.v1.CatalogService/GetProductType", TestCaller.everybody,
      .one("product_type_id", own: found, absent: missing) { things, whose in
        let id = try await productType(whose, things)
        return AccessRequest(json: "{\"product_type_id\": \"\(id)\"}", names: [id])
      }),
  ]
}

extension AccessResources {
  /// A new type of products.
  func newProductType() async throws -> String {
    let title = requestID
    return try await make { "INSERT INTO catalog.product_type (title) VALUES (\(title)) RETURNING id" }
  }
}
