internal import Identity
internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A change of a warehouse.
struct WarehouseChange {
  private static let type = "fastshop.inventory.v1.Warehouse"

  let requestID: ID
  private let id: ID
  private var name: String?
  private var priority: Int32?
  private var country: String?
  private let movesPlace: Bool
  private var point: GeoPoint?
  private let sellers: SellerAccess
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateWarehouseRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    let warehouse = request.warehouse
    id = check.id(warehouse?.id ?? "", "warehouse.id")
    expected = check.etag(warehouse?.etag ?? "", "warehouse.etag")
    let mask = check.updateMask(
      request.updateMask, of: warehouse, changing: ["name", "priority", "coordinates", "country"])
    if mask.contains("name") { name = check.line(warehouse?.name ?? "", "warehouse.name", isRequired: true) }
    if mask.contains("priority") { priority = check.priority(warehouse?.priority ?? 0, "warehouse.priority") }
    if mask.contains("country") { country = check.optionalCountry(warehouse?.country ?? "", "warehouse.country") }
    movesPlace = mask.contains("coordinates")
    if movesPlace { point = check.coordinates(warehouse?.coordinates, "warehouse.coordinates") }
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``InventoryError/noSuchWarehouse(_:)``; ``StaleETag``.
  func carryOut(in work: Work) async throws -> UpdateWarehouseResponse {
    guard let before = try await work.first(UpdateWarehouseResponse.self, .lockedWarehouse(id, of: sellers))?.warehouse,
      let etag = ETag(before.etag.string)
    else { throw InventoryError.noSuchWarehouse(id.description) }
    try expected.verify(etag.version, of: Self.type, id)
    guard let response = try await work.first(UpdateWarehouseResponse.self, update(at: work.now)) else {
      throw InventoryError.noSuchWarehouse(id.description)
    }
    try work.audit("inventory.warehouse.update", on: Self.type, id, before: before, after: response.warehouse)
    return response
  }

  private func update(at now: Instant) -> Query {
    """
    UPDATE inventory.warehouse w
       SET name = coalesce(\(name)::text, w.name), priority = coalesce(\(priority)::int, w.priority),
           country = coalesce(\(country)::text, w.country),
           latitude_microdegrees =
             CASE WHEN \(movesPlace) THEN \(point?.latitudeMicrodegrees)::int ELSE w.latitude_microdegrees END,
           longitude_microdegrees =
             CASE WHEN \(movesPlace) THEN \(point?.longitudeMicrodegrees)::int ELSE w.longitude_microdegrees END,
           version = w.version + 1, updated_at = \(now)
     WHERE w.id = \(id)
    RETURNING \(WarehouseColumns.nested)
    """
  }
}

extension Query {
  /// Locks a warehouse of a seller that the caller may access, and reads it.
  static func lockedWarehouse(_ id: ID, of sellers: SellerAccess) -> Query {
    """
    SELECT \(WarehouseColumns.nested)
      FROM inventory.warehouse w
     WHERE w.id = \(id) AND \(sellers.covers("w.seller_id"))
       FOR NO KEY UPDATE
    """
  }
}
