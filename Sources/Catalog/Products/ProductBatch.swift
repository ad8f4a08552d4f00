internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Products by their ids, in the order of the request.
struct ProductBatch {
  private static let idsMax = 250

  let ids: [ID]

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: BatchGetProductsRequest) throws {
    var check = RequestCheck()
    ids = check.ids(request.ids, "ids", count: 1...Self.idsMax)
    _ = check.code(request.channel, "channel")
    try check.verify()
  }

  var query: Query {
    """
    SELECT \(ProductColumns.product)
      FROM \(ProductColumns.tables)
      JOIN unnest(\(ids)::uuid[]) WITH ORDINALITY AS asked (id, place) ON asked.id = p.id
     WHERE p.status = 'active' AND NOT s.is_hidden
     ORDER BY asked.place
    """
  }
}
