internal import Platform
internal import Postgres
internal import PromotionsAPI
internal import Protobuf

/// A page of the codes of a coupon that the caller may access, the oldest first.
struct CouponCodeList: PagedList {
  typealias Element = CouponCode

  let page: PageRequest
  private let coupon: ID
  private let batch: ID?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListCouponCodesRequest, for caller: Caller, _ signer: TokenSigner) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    coupon = check.id(request.couponID, "coupon_id")
    batch = check.optionalID(request.batchID, "batch_id")
    let order = ListOrder(
      "oldest", .index(batch == nil ? "coupon_code_of_coupon" : "coupon_code_of_batch"), by: .id("k.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let chosen: Query = batch.map { "k.batch_id = \($0) AND k.coupon_id = \(coupon)" } ?? "k.coupon_id = \(coupon)"
    return ListRows(
      CouponColumns.code, from: "promotions.coupon_code k",
      where: """
        \(chosen) AND EXISTS (SELECT FROM promotions.coupon c
                               WHERE c.id = \(coupon) AND \(sellers.covers("c.seller_id")))
        """)
  }
}
