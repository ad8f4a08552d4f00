internal import Identity
internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A new warehouse of a seller.
struct WarehouseCreation {
  /// Warehouses of a seller: the stock of a variant in all of them is one row, and one message.
  static let warehousesMax = 50
  static let priorities: ClosedRange<Int32> = 1...1_000
  static let priorityUsual: Int32 = 100

  let requestID: ID
  private let seller: ID
  private let name: String
  private let priority: Int32
  private let point: GeoPoint?
  private let country: String
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CreateWarehouseRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    seller = check.id(request.sellerID, "seller_id")
    name = check.line(request.name, "name", isRequired: true)
    priority = request.priority == 0 ? Self.priorityUsual : check.priority(request.priority, "priority")
    point = check.coordinates(request.coordinates, "coordinates")
    country = check.optionalCountry(request.country, "country")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``InventoryError``.
  func carryOut(in work: Work) async throws -> CreateWarehouseResponse {
    try await sellers.verify(seller, in: work)
    work.send(
      """
      INSERT INTO inventory.warehouse (id, seller_id, name) VALUES (\(seller), \(seller), 'Main warehouse')
          ON CONFLICT DO NOTHING
      """)
    // Whoever adds a warehouse of the seller waits here, so that the count is right.
    work.send("SELECT FROM inventory.warehouse w WHERE w.id = \(seller) FOR NO KEY UPDATE")
    guard let response = try await work.first(CreateWarehouseResponse.self, insert(at: work.now)) else {
      throw InventoryError.tooManyWarehouses(most: Self.warehousesMax)
    }
    try work.audit(
      "inventory.warehouse.create", on: Warehouse.descriptor.fullName, response.warehouse?.id.string ?? "",
      after: response.warehouse)
    return response
  }

  private func insert(at now: Instant) -> Query {
    """
    WITH made AS (
      INSERT INTO inventory.warehouse (seller_id, name, priority, latitude_microdegrees, longitude_microdegrees,
                                       country, created_at, updated_at)
      SELECT \(seller), \(name), \(priority), \(point?.latitudeMicrodegrees)::int,
             \(point?.longitudeMicrodegrees)::int, \(country), \(now), \(now)
       WHERE (SELECT count(*) FROM inventory.warehouse w WHERE w.seller_id = \(seller)) < \(Self.warehousesMax)
      RETURNING *
    )
    SELECT \(WarehouseColumns.nested) FROM made w
    """
  }
}

extension RequestCheck {
  /// A field with the turn of a warehouse.
  mutating func priority(_ priority: Int32, _ field: String) -> Int32 {
    require(WarehouseCreation.priorities.contains(priority), field, "Must be from 1 to 1000.")
    return priority
  }
}
