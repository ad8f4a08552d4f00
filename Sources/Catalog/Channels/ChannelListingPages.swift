internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of listings, within the sellers that the caller may access.
struct ChannelListingPages: PagedList {
  typealias Element = ChannelListing

  let page: PageRequest
  private let product: ID?
  private let channel: String?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListChannelListingsRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    product = check.optionalID(request.productID, "product_id")
    let code = check.code(request.channel, "channel")
    channel = code.isEmpty ? nil : code
    page = try check.page(of: request, in: Self.order(product, channel), signedBy: signer)
    try check.verify()
  }

  private static func order(_ product: ID?, _ channel: String?) -> ListOrder {
    if product != nil { return ListOrder("of a product", .index("channel_listing_pkey"), by: .id("l.channel_id")) }
    let (seller, listed): (ListKey, ListKey) = (
      .id("l.seller_id", in: "seller_id"), .id("l.product_id", in: "product_id")
    )
    if channel != nil { return ListOrder("of a channel", .index("channel_listing_of_channel"), by: seller, listed) }
    return ListOrder("by seller", .index("channel_listing_of_seller"), by: seller, listed, .id("l.channel_id"))
  }

  var rows: ListRows {
    let chosen: Query =
      if let product {
        "l.product_id = \(product) AND (\(channel)::text IS NULL OR c.code = \(channel))"
      } else if let channel {
        "l.channel_id = (SELECT o.id FROM catalog.channel o WHERE o.code = \(channel))"
      } else {
        "true"
      }
    return ListRows(
      ChannelColumns.listing, from: "catalog.channel_listing l JOIN catalog.channel c ON c.id = l.channel_id",
      where: "\(chosen) AND \(sellers.covers("l.seller_id"))")
  }
}
