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
    _ = check.code(request.channel, "channel")
    try check.verify()
  }

  /// The products as shoppers see them, in a channel or the whole shop, and the ids of those that they do not see.
  func read(
    _ call: Call, through cache: MessageCache<Product>, in channel: ShopChannel? = nil
  ) async throws -> (products: [EncodedMessage<Product>], missing: [ID]) {
    let version = Self.version(in: channel)
    let (products, names) = try await cache.all(
      versions: versions(in: channel), whole: query("\(channel.product), \(version)", in: channel), atMost: ids.count,
      naming: Self.idColumn, call)
    let found = Set(names)
    return (products, ids.filter { !found.contains($0.description) })
  }

  /// The statement that names the products' versions.
  func versions(in channel: ShopChannel? = nil) -> Query { query(Self.version(in: channel), in: channel) }

  private static func version(in channel: ShopChannel?) -> Query {
    "\(MessageVersion.named(channel.version)), p.id AS \"page_key.id\""
  }

  private func query(_ columns: Query, in channel: ShopChannel?) -> Query {
    let query: Query = """
      SELECT \(columns)
        FROM \(ProductColumns.tables)
        JOIN unnest(\(ids)::uuid[]) WITH ORDINALITY AS asked (id, place) ON asked.id = p.id
        \(channel?.listing ?? "")
       WHERE p.status = 'active' AND NOT s.is_hidden AND \(channel?.shows ?? "true")
       ORDER BY asked.place
      """
    return query.plannedOnce
  }
}
