internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import SellersAPI

/// A page of shops, the newest first.
struct ShopList: PagedList {
  typealias Element = Shop

  let page: PageRequest
  private let status: ShopStatus?
  private let columns: Query

  /// All shops, or those in a state, for staff.
  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListSellersRequest, at now: Instant, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    status = Self.status(request.state, &check)
    page = try check.page(of: request, in: Self.newest(in: status), signedBy: signer)
    try check.verify()
    columns = StoredShop.columns(at: now)
  }

  /// The shops that may sell, for everybody: without their traders, so that nobody collects addresses by pages.
  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListShopsRequest, at now: Instant, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    status = .active
    page = try check.page(of: request, in: Self.newest(in: .active), signedBy: signer)
    try check.verify()
    columns = StoredShop.columnsWithoutTrader(at: now)
  }

  private static func newest(in status: ShopStatus?) -> ListOrder {
    ListOrder(
      "newest", .index(status == nil ? "shop_pkey" : "shop_by_state"), .descending,
      by: .id("h.seller_id", in: "seller_id"))
  }

  private static func status(_ state: ShopState, _ check: inout RequestCheck) -> ShopStatus? {
    switch state {
    case .unspecified: return nil
    case .active: return .active
    case .suspended: return .suspended
    case .unrecognized(let number):
      check.refuse("state", "Has no value \(number).")
      return nil
    }
  }

  var rows: ListRows {
    ListRows(
      columns, from: "sellers.shop h JOIN catalog.seller_entry s ON s.id = h.seller_id",
      where: status.map { "h.state = \($0.rawValue)" } ?? "true")
  }
}
