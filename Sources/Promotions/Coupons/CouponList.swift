internal import Platform
internal import Postgres
internal import PromotionsAPI
internal import Protobuf

/// A page of the coupons that the caller may access, the newest first.
struct CouponList: PagedList {
  typealias Element = Coupon

  let page: PageRequest
  private let seller: ID?
  private let state: String?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListCouponsRequest, for caller: Caller, _ signer: TokenSigner) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    let named = check.optionalID(request.sellerID, "seller_id")
    seller = if case .only(let own) = caller.sellers { named ?? own } else { named }
    switch request.state {
    case .unspecified: state = nil
    case .active: state = "active"
    case .inactive: state = "inactive"
    case .unrecognized(let number):
      state = nil
      check.refuse("state", "Has no value \(number).")
    }
    let order = ListOrder(
      "newest", .index(seller == nil ? "coupon_by_time" : "coupon_of_seller"), .descending,
      by: .time("c.created_at", in: "create_time"), .id("c.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let chosen: Query = seller.map { "c.seller_id = \($0)" } ?? "true"
    return ListRows(
      CouponColumns.coupon, from: "promotions.coupon c",
      where: "\(chosen) AND \(sellers.covers("c.seller_id")) AND (\(state)::text IS NULL OR c.state = \(state))")
  }
}
