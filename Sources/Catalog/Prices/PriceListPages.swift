internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the price lists of the sellers that the caller may access.
struct PriceListPages: PagedList {
  typealias Element = PriceList

  let page: PageRequest
  private let seller: ID?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListPriceListsRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    seller = check.optionalID(request.sellerID, "seller_id")
    let order = ListOrder(
      "by seller", .index("price_list_of_seller"), by: .id("l.seller_id", in: "seller_id"), .id("l.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let chosen: Query = seller.map { "l.seller_id = \($0)" } ?? "true"
    return ListRows(
      PriceColumns.list, from: "catalog.price_list l",
      where: "\(chosen) AND l.deleted_at IS NULL AND \(sellers.covers("l.seller_id"))")
  }
}
