internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the open reservations, within the sellers that the caller may access.
struct ReservationList: PagedList {
  typealias Element = Reservation

  let page: PageRequest
  private let variant: ID?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListReservationsRequest, for caller: Caller, _ signer: TokenSigner) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.optionalID(request.variantID, "variant_id")
    let order =
      if variant == nil {
        ListOrder(
          "by seller", .index("reservation_of_seller"), by: .id("r.seller_id", in: "seller_id"),
          .id("r.reservation_id", in: "reservation_id"), .id("r.variant_id", in: "variant_id"),
          .id("r.warehouse_id", in: "warehouse_id"))
      } else {
        ListOrder(
          "of a variant", .index("reservation_of_variant"), by: .id("r.reservation_id", in: "reservation_id"),
          .id("r.warehouse_id", in: "warehouse_id"))
      }
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let chosen: Query = variant.map { "r.variant_id = \($0)" } ?? "true"
    return ListRows(
      """
      r.reservation_id, r.variant_id, r.warehouse_id, r.seller_id, r.quantity, r.backordered, r.allocation,
             r.created_at AS create_time, r.expires_at AS expire_time, r.allocation_order AS "order",
             r.distance_meters
      """,
      from: "inventory.reservation r",
      where: "r.state = 'open' AND \(chosen) AND \(sellers.covers("r.seller_id"))")
  }
}
