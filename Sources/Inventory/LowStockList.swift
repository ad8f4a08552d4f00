internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the variants that are low on stock, within the sellers that the caller may access.
struct LowStockList {
  private let sellers: SellerAccess
  private let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListLowStockRequest, for caller: Caller, _ signer: TokenSigner) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    page = check.page(request.pageSize, request.pageToken, signedBy: signer)
    try check.verify()
  }

  var query: Query {
    """
    SELECT \(StockColumns.nested), \(StockColumns.rules)
      FROM inventory.stock_rules r
      JOIN inventory.stock s ON s.variant_id = r.variant_id
     WHERE r.is_low AND \(sellers.covers("r.seller_id"))\(position)
     ORDER BY r.seller_id, r.variant_id
     LIMIT \(page.limit)
    """
  }

  private var position: Query {
    guard let after = page.after?.id else { return "" }
    return """
       AND (r.seller_id, r.variant_id) >
               (SELECT a.seller_id, a.variant_id FROM inventory.stock_rules a WHERE a.variant_id = \(after))
      """
  }

  /// The page that the query's rows make.
  func response(of rows: RepeatedField<LowStock>, in arena: Arena) -> ListLowStockResponse {
    let response = ListLowStockResponse(in: arena)
    (response.lowStocks, response.nextPageToken) = page.cut(rows, in: arena) { low in
      low.rules.flatMap { PageToken(id: $0.variantID) }
    }
    return response
  }
}
