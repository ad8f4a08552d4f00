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
    try check.verify()
  }

  /// - Throws: ``CatalogError/noSuchCollection(_:)``; INVALID_ARGUMENT for a page that does not follow.
  func read(
    _ call: Call, in currency: Currency, through cache: MessageCache<Product>
  ) async throws -> EncodedPage<Product> {
    let found = try await CollectionKey.id(collection).read(call.database.connections, in: call.arena)
    let signer = try call.tokenSigner
    guard let rule = found.rule else {
      return try await CollectionProductList(request, signer).read(call, through: cache)
    }
    let products = rule.request(pageSize: request.pageSize, pageToken: request.pageToken)
    return try await ProductList(products, in: currency, signer).read(call, through: cache)
  }
}
