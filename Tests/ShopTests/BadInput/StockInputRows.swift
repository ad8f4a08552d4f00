import Postgres
import RPC

extension InputRow {
  private static let inventoryService = "fastshop.inventory.v1.InventoryService/"
  private static let warehouseService = "fastshop.inventory.v1.WarehouseService/"
  private static let backInStockService = "fastshop.inventory.v1.BackInStockService/"
  private static let answered = InputRule.ignored("the server sets it")
  private static let ofRow = InputRule.reported("what is wrong with a row is its outcome")

  private static let place: [String: InputRule] = [
    "coordinates.latitude_microdegrees": .number(-90_000_000...90_000_000),
    "coordinates.longitude_microdegrees": .number(-180_000_000...180_000_000),
    "country": .text(not: "G", "GBR", "ZZ", "1"),
  ]

  /// One of these numbers, or 0.
  private static func numberOrUsual(_ range: ClosedRange<Int64>) -> InputRule {
    let rule = InputRule.number(range)
    return InputRule { field, foreign in
      rule.values(field, foreign) + [InputValue(what: "0", values: [.number(0)], ending: .asSample)]
    }
  }

  static let stock = [
    InputRow(
      inventoryService + "SetStock",
      ["variant_id": .id, "warehouse_id": .optionalID, "on_hand": .number(0...1_000_000_000), "note": .note(500)],
      sample: { things in
        let variant = things.shops[0].variant
        // Nothing is reserved, so that it may be counted as none.
        _ = try await things.make {
          """
          WITH gone AS (DELETE FROM inventory.reservation WHERE variant_id = \(variant)::uuid RETURNING variant_id)
          SELECT count(*)::text AS id FROM gone
          """
        }
        return "{\"variant_id\": \"\(variant)\", \"on_hand\": 9, \"request_id\": \"\(things.requestID)\"}"
      }),
    InputRow(
      inventoryService + "BatchAdjustStock",
      [
        "adjustments.variant_id": ofRow, "adjustments.warehouse_id": ofRow, "adjustments.delta": ofRow,
        "adjustments.reason": ofRow, "adjustments.note": ofRow, "adjustments.sku": ofRow, "seller_id": .optionalID,
      ],
      Case(what: "no rows", json: "{\"request_id\": \"ID\"}", field: "adjustments"),
      Case(
        what: "a SKU of no shop", json: "{\"adjustments\": [{\"sku\": \"A\"}], \"request_id\": \"ID\"}",
        field: "seller_id"),
      Case(
        what: "a row too many",
        json: """
          {"adjustments": [\(Array(repeating: "{}", count: 451).joined(separator: ","))], "request_id": "ID"}
          """, field: "adjustments")),
    InputRow(
      inventoryService + "BatchSetStock",
      [
        "counts.variant_id": ofRow, "counts.warehouse_id": ofRow, "counts.on_hand": ofRow, "counts.note": ofRow,
        "counts.sku": ofRow, "seller_id": .optionalID,
      ],
      Case(what: "no rows", json: "{\"request_id\": \"ID\"}", field: "counts"),
      Case(
        what: "a SKU of no shop", json: "{\"counts\": [{\"sku\": \"A\"}], \"request_id\": \"ID\"}", field: "seller_id"),
      Case(
        what: "a row too many",
        json: """
          {"counts": [\(Array(repeating: "{}", count: 451).joined(separator: ","))], "request_id": "ID"}
          """, field: "counts")),
    InputRow(
      inventoryService + "TransferStock",
      [
        "from_warehouse_id": .id, "to_warehouse_id": .id, "note": .note(500), "lines.variant_id": .id,
        "lines.quantity": InputRule.number(1...1_000_000_000)
          .ending(.failedPrecondition, for: "1000000000", "there is less"),
      ],
      Case(what: "no lines", json: transfer("\(InputRule.absent)", lines: ""), field: "lines"),
      Case(
        what: "251 lines",
        json: transfer(InputRule.absent, lines: Array(repeating: "{}", count: 251).joined(separator: ",")),
        field: "lines"),
      Case(
        what: "to where it is",
        json: transfer(warehouse, lines: "{\"variant_id\": \"\(InputRule.absent)\", \"quantity\": 1}"),
        field: "to_warehouse_id")),
    // The sample's caller is signed in, and names no address.
    InputRow(
      backInStockService + "SubscribeBackInStock",
      ["variant_id": .id, "email": .text(not: " ", "ada", "ada@example.com")]),
    InputRow(
      backInStockService + "ConfirmBackInStock",
      ["token": .looked(up: .notFound, "it is as an unknown one", not: "", " ", InputRule.long("x"))]),
    InputRow(
      backInStockService + "UnsubscribeBackInStock",
      [
        "variant_id": .id,
        "token": .looked(up: .notFound, "it is as an unknown one", not: " ", InputRule.long("x")),
      ],
      Case(
        what: "both", json: "{\"variant_id\": \"\(InputRule.absent)\", \"token\": \"x\"}", field: "variant_id")),
    InputRow(inventoryService + "ListMovements", ["variant_id": .optionalID, "warehouse_id": .optionalID]),
    InputRow(
      inventoryService + "GetStockForecast",
      [
        "variant_id": .id, "days": numberOrUsual(14...365), "lead_time_days": .number(0...365),
        "service_level_percent": numberOrUsual(50...99),
      ]),
    InputRow(inventoryService + "ListReservations", ["variant_id": .optionalID]),
    InputRow(
      warehouseService + "CreateWarehouse",
      place.merging(["seller_id": .id, "name": .line(1...100), "priority": .number(0...1_000)]) { $1 }),
    InputRow(
      warehouseService + "UpdateWarehouse",
      place.reduce(into: [
        "warehouse.id": .id, "warehouse.seller_id": answered, "warehouse.name": .line(1...100),
        "warehouse.priority": .number(1...1_000), "warehouse.is_default": answered, "warehouse.create_time": answered,
        "warehouse.update_time": answered, "warehouse.etag": .etag, "update_mask": .mask("name"),
      ]) { $0["warehouse." + $1.key] = $1.value },
      sample: { things in
        """
        {"warehouse": {"id": "\(try await things.warehouse(of: things.shops[0].seller))", "name": "B", "priority": 2,
                       "country": "AT",
                       "coordinates": {"latitude_microdegrees": 48208000, "longitude_microdegrees": 16373000}},
         "update_mask": "name,priority,country,coordinates", "request_id": "\(things.requestID)"}
        """
      }),
    InputRow(warehouseService + "DeleteWarehouse", ["warehouse_id": .id]),
    InputRow(warehouseService + "ListWarehouses", ["seller_id": .optionalID]),
    InputRow(warehouseService + "SetAllocationRule", ["seller_id": .id, "order": .requiredChoice]),
  ]

  private static let warehouse = "018cc251-f400-7ade-9e36-000000000001"

  private static func transfer(_ from: String, lines: String) -> String {
    """
    {"from_warehouse_id": "\(from)", "to_warehouse_id": "\(warehouse)", "lines": [\(lines)], "request_id": "ID"}
    """
  }
}
