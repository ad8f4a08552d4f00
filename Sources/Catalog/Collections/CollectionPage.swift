internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the products of a collection, which its rule or the platform has chosen.
struct CollectionPage {
  private let request: ListCollectionProductsRequest
  private let collection: ID

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: ListCollectionProductsRequest) throws {
    self.request = request
    var check = RequestCheck()
    collection = check.id(request.collectionID, "collection_id")
    _ = check.code(request.channel, "channel")
    try check.verify()
  }

  /// - Throws: ``CatalogError/noSuchCollection(_:)``, ``CatalogError/channelNotActive(_:)``; INVALID_ARGUMENT for a
  ///   page that does not follow.
  func read(
    _ call: Call, in currency: Currency, through cache: MessageCache<Product>
  ) async throws -> EncodedPage<Product> {
    let channel = try await ShopChannel.named(request.channel, for: call)
    let found = try await CollectionKey.id(collection).read(call.database.connections, in: call.arena)
    guard let rule = found.rule else {
      var list = try CollectionProductList(request, try call.tokenSigner)
      list.channel = channel
      return try await list.read(call, through: cache)
    }
    let products = rule.request(pageSize: request.pageSize, pageToken: request.pageToken)
    products.channel = request.channel
    return try await channel.page(of: products, in: currency, call, through: cache)
  }
}
