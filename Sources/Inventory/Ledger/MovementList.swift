internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the ledger, within the sellers that the caller may access.
struct MovementList: PagedList {
  typealias Element = Movement

  let page: PageRequest
  private let variant: ID?
  private let warehouse: ID?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListMovementsRequest, for caller: Caller, _ signer: TokenSigner) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.optionalID(request.variantID, "variant_id")
    warehouse = check.optionalID(request.warehouseID, "warehouse_id")
    let order =
      if variant != nil {
        ListOrder("newest", .index("movement_of_variant"), .descending, by: .number("m.version", in: "stock_version"))
      } else if warehouse != nil {
        ListOrder("of a warehouse", .index("movement_of_warehouse"), .descending, by: .id("m.id", in: "id"))
      } else {
        ListOrder("by seller", .index("movement_of_seller"), .descending, by: .id("m.seller_id"), .id("m.id", in: "id"))
      }
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let chosen: Query =
      if let variant {
        """
        m.variant_id = \(variant)
              AND (\(warehouse)::uuid IS NULL OR coalesce(m.warehouse_id, m.seller_id) = \(warehouse)::uuid)
        """
      } else if let warehouse {
        "coalesce(m.warehouse_id, m.seller_id) = \(warehouse)"
      } else {
        "true"
      }
    return ListRows(
      """
      m.id, m.variant_id, coalesce(m.warehouse_id, m.seller_id) AS warehouse_id, m.delta, m.reason, m.note, m.on_hand,
             m.version AS stock_version, m.at AS create_time, m.request_id
      """,
      from: "inventory.movement m",
      where: "\(chosen) AND \(sellers.covers("m.seller_id"))")
  }
}
