internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the warehouses of the sellers that the caller may access.
struct WarehouseList: PagedList {
  typealias Element = Warehouse

  let page: PageRequest
  private let seller: ID?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListWarehousesRequest, for caller: Caller, _ signer: TokenSigner) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    seller = check.optionalID(request.sellerID, "seller_id")
    let order = ListOrder(
      "by seller", .index("warehouse_of_seller"), by: .id("w.seller_id", in: "seller_id"), .id("w.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let chosen: Query = seller.map { "w.seller_id = \($0)" } ?? "true"
    return ListRows(
      WarehouseColumns.warehouse, from: "inventory.warehouse w",
      where: "\(chosen) AND \(sellers.covers("w.seller_id"))")
  }
}
