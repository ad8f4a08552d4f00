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
    let order = Self.order(product, channel, sellers)
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  private static func order(_ product: ID?, _ channel: String?, _ sellers: SellerAccess) -> ListOrder {
    if product != nil { return ListOrder("of a product", .index("channel_listing_pkey"), by: .id("l.channel_id")) }
    let ofSeller = ListOrder.Access.index("channel_listing_of_seller")
    let listed = ListKey.id("l.product_id", in: "product_id")
    guard channel != nil else {
      return ListOrder(
        "by seller", ofSeller, by: .id("l.seller_id", in: "seller_id"), .id("l.channel_id"), listed)
    }
    // Of a channel with many listings, a seller has few.
    let access: ListOrder.Access = sellers == .every ? .index("channel_listing_of_channel") : ofSeller
    return ListOrder("of a channel", access, by: listed)
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
