internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the offers of a product page.
struct OfferList: PagedList {
  typealias Element = Offer

  private static let pageSizes = PageSizes(usual: 20, most: PageOffers.offersMax)

  let page: PageRequest
  private let productPage: ID
  /// The channel that shows the products; nil for the whole shop.
  var channel: ShopChannel?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListOffersRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    productPage = check.id(request.productPageID, "product_page_id")
    _ = check.code(request.channel, "channel")
    page = try check.page(of: request, in: PageOffers.order, signedBy: signer, Self.pageSizes)
    try check.verify()
  }

  var rows: ListRows {
    ListRows(
      ProductPageColumns.offer, from: PageOffers.rows(of: "\(productPage)", in: channel), where: "true",
      isPlannedOnce: true)
  }
}
