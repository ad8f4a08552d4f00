internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The end of what a seller says of a product in a channel.
struct ChannelListingDeletion {
  let requestID: ID
  private let product: ID
  private let channel: String
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteChannelListingRequest, by caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    channel = check.code(request.channel, "channel", isRequired: true)
    product = check.id(request.productID, "product_id")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// The rows in lists of the channel go with the listing.
  /// - Throws: ``CatalogError/noSuchManagedProduct(_:)``, ``CatalogError/noSuchChannel(_:)``,
  ///   ``CatalogError/noSuchChannelListing(_:)``.
  func carryOut(in work: Work) async throws {
    let id = try await ChannelStore(work: work).id(of: channel)
    try await ChannelListingChange.lock(product, ProductStore(work: work, sellers: sellers))
    let query: Query = """
      DELETE FROM catalog.channel_listing l
       USING catalog.channel c
       WHERE l.product_id = \(product) AND l.channel_id = \(id) AND c.id = l.channel_id
      RETURNING \(ChannelColumns.listing)
      """
    guard let before = try await work.first(ChannelListing.self, query) else {
      throw CatalogError.noSuchChannelListing("\(channel)/\(product)")
    }
    try ChannelListingRecord.add(before, nil, id, in: work)
  }
}
