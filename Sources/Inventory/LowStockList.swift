internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the variants that are low on stock, within the sellers that the caller may access.
struct LowStockList: PagedList {
  typealias Element = LowStock

  let page: PageRequest
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListLowStockRequest, for caller: Caller, _ signer: TokenSigner) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    let order = ListOrder(
      "by seller", .index("stock_rules_low"), by: .id("r.seller_id", in: "stock.seller_id"),
      .id("r.variant_id", in: "rules.variant_id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    ListRows(
      "\(StockColumns.nested), \(StockColumns.rules)",
      from: """
        inventory.stock_rules r
          JOIN inventory.stock s ON s.variant_id = r.variant_id
        """,
      where: "r.is_low AND \(sellers.covers("r.seller_id"))")
  }
}
