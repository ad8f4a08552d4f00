internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Products by their ids, in the order of the request.
struct ProductBatch {
  private static let idsMax = 250
  private static let idColumn = "page_key.id"

  let ids: [ID]

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: BatchGetProductsRequest) throws {
    var check = RequestCheck()
    ids = check.ids(request.ids, "ids", count: 1...Self.idsMax)
    try check.verify()
  }

  /// The products as shoppers see them, and the ids of those that shoppers do not see.
  func read(
    _ call: Call, through cache: MessageCache<Product>
  ) async throws -> (products: [EncodedMessage<Product>], missing: [ID]) {
    let whole = query("\(ProductColumns.product), \(Self.version)")
    let (products, names) = try await cache.all(
      versions: versions, whole: whole, atMost: ids.count, naming: Self.idColumn, call)
    let found = Set(names)
    return (products, ids.filter { !found.contains($0.description) })
  }

  /// The statement that names the products' versions.
  var versions: Query { query(Self.version) }

  private static var version: Query {
    "\(MessageVersion.named(ProductColumns.version)), p.id AS \"page_key.id\""
  }

  private func query(_ columns: Query) -> Query {
    let query: Query = """
      SELECT \(columns)
        FROM \(ProductColumns.tables)
        JOIN unnest(\(ids)::uuid[]) WITH ORDINALITY AS asked (id, place) ON asked.id = p.id
       WHERE p.status = 'active' AND NOT s.is_hidden
       ORDER BY asked.place
      """
    return query.plannedOnce
  }
}
