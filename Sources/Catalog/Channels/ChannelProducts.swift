internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

extension ProductKey {
  /// The product as a channel shows it; nil when there is none, or when it does not show it.
  func read(
    _ call: Call, through cache: MessageCache<Product>, in channel: ShopChannel
  ) async throws -> EncodedMessage<Product>? {
    let version: Query = "\(ShopChannel.version) AS \"page_key.version\""
    return try await cache.page(
      versions: query(version, in: channel), whole: query("\(ShopChannel.product), \(version)", in: channel), size: 1,
      call
    ).elements.first
  }

  func query(_ columns: Query, in channel: ShopChannel) -> Query {
    let query: Query = """
      SELECT \(columns)
        FROM \(ProductColumns.tables)
        \(channel.listing)
       WHERE \(condition) AND p.status = 'active' AND NOT s.is_hidden AND \(channel.shows)
      """
    return query.plannedOnce
  }
}

extension ProductBatch {
  /// The products that a channel shows.
  func query(in channel: ShopChannel) -> Query {
    """
    SELECT \(ShopChannel.product)
      FROM \(ProductColumns.tables)
      JOIN unnest(\(ids)::uuid[]) WITH ORDINALITY AS asked (id, place) ON asked.id = p.id
      \(channel.listing)
     WHERE p.status = 'active' AND NOT s.is_hidden AND \(channel.shows)
     ORDER BY asked.place
    """
  }
}
