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
    let version = MessageVersion.named(ShopChannel.version)
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
