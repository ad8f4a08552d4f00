internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of prices, within the sellers that the caller may access.
struct PricePages: PagedList {
  typealias Element = Price

  let page: PageRequest
  private let variant: ID?
  private let list: ID?
  /// Whether the prices are those that hold now or held; otherwise, those that hold now or will.
  private let isHistory: Bool
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListPricesRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    variant = check.optionalID(request.variantID, "variant_id")
    list = check.optionalID(request.priceListID, "price_list_id")
    isHistory = false
    page = try check.page(of: request, in: Self.order(variant, list), signedBy: signer)
    try check.verify()
  }

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListPriceHistoryRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    variant = check.optionalID(request.variantID, "variant_id")
    list = nil
    isHistory = true
    page = try check.page(of: request, in: Self.order(variant, nil), signedBy: signer)
    try check.verify()
  }

  private static func order(_ variant: ID?, _ list: ID?) -> ListOrder {
    if variant != nil {
      return ListOrder(
        "newest", .index("price_of_variant"), .descending, by: .time("r.starts_at"), .id("r.id", in: "id"))
    }
    if list != nil { return ListOrder("of a list", .index("price_of_list"), by: .id("r.id", in: "id")) }
    return ListOrder("by seller", .index("price_of_seller"), by: .id("r.seller_id"), .id("r.id", in: "id"))
  }

  var rows: ListRows {
    let chosen: Query =
      if let variant {
        "r.variant_id = \(variant) AND (\(list)::uuid IS NULL OR r.price_list_id = \(list))"
      } else if let list {
        "r.price_list_id = \(list)"
      } else {
        "true"
      }
    let (start, end): (Query, Query) = ("greatest(r.starts_at, o.starts_at)", "least(r.ends_at, o.ends_at)")
    // Without those that were cancelled before their time. An own price has held, however short.
    let holds: Query =
      isHistory
      ? "\(start) <= now() AND (\(start) < \(end) OR r.price_list_id IS NULL AND NOT r.is_scheduled)"
      : "\(end) > now() AND \(start) < \(end)"
    return ListRows(
      PriceColumns.price, from: "catalog.price r LEFT JOIN catalog.price_list o ON o.id = r.price_list_id",
      where: "\(chosen) AND \(holds) AND \(sellers.covers("r.seller_id"))")
  }
}
