import RPC

/// What sellers do with their stock and their warehouses.
extension AccessRow {
  private static let inventoryService = "fastshop.inventory.v1.InventoryService/"
  private static let warehouseService = "fastshop.inventory.v1.WarehouseService/"
  private static let missing = AccessOutcome.all(.notFound)
  private static let ofFirst = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop)
  private static let ofSecond = TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])
  private static let readers = writers.union([.support])

  /// A change of a variant of the shop that the relation means, in a warehouse of that shop.
  private static func ofVariant(
    _ field: String, _ json: @escaping @Sendable (_ variant: String, _ shop: ShopResources, _ to: String) -> String
  ) -> AccessCase {
    .one(field, own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let shop = things.shops[whose == .others ? 1 : 0]
      let variant = things.shop(whose, \.variant)
      try await things.addStock(in: shop)
      let to = try await things.warehouse(of: shop.seller)
      return AccessRequest(
        json: "{\(json(variant, shop, to)), \"request_id\": \"\(things.requestID)\"}", names: [variant])
    }
  }

  /// A change of a variant of the first shop in a new warehouse of the shop that the relation means: a warehouse of
  /// another seller is not there for anybody.
  private static func inWarehouse(
    _ field: String, _ json: @escaping @Sendable (_ warehouse: String, _ shop: ShopResources) -> String
  ) -> AccessCase {
    .one(field, own: .inFirstShop, others: missing, absent: missing) { things, whose in
      let warehouse = try await things.ofShop(whose) { try await things.warehouse(of: $0) }
      let shop = things.shops[0]
      try await things.addStock(in: shop)
      return AccessRequest(
        json: "{\(json(warehouse, shop)), \"request_id\": \"\(things.requestID)\"}", names: [warehouse, shop.variant])
    }
  }

  /// A change of a new warehouse of the shop that the relation means.
  private static func ofWarehouse(
    _ field: String, _ json: @escaping @Sendable (_ warehouse: String) -> String
  ) -> AccessCase {
    .one(field, own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let warehouse = try await things.ofShop(whose) { try await things.warehouse(of: $0) }
      return AccessRequest(
        json: "{\(json(warehouse)), \"request_id\": \"\(things.requestID)\"}", names: [warehouse])
    }
  }

  /// A list, by what a shop's element is called.
  private static func list(
    _ method: String, _ fields: (name: String, of: @Sendable (ShopResources) -> String)...,
    element: @escaping @Sendable (AccessResources, ShopResources) async throws -> String
  ) -> AccessRow {
    let narrowed = fields.flatMap { field in
      [0, 1].map { index in
        AccessCase.list(field.name, own: index == 0 ? ofFirst : [], others: index == 1 ? ofSecond : []) { things in
          var names: [String] = []
          for shop in things.shops { names.append(try await element(things, shop)) }
          let id = field.of(things.shops[index])
          return AccessRequest(json: "{\"page_size\": 250, \"\(field.name)\": \"\(id)\"}", names: names)
        }
      }
    }
    let all = AccessCase.list(own: ofFirst, others: ofSecond) { things in
      var names: [String] = []
      for shop in things.shops { names.append(try await element(things, shop)) }
      return AccessRequest(json: "{\"page_size\": 250}", names: names)
    }
    return AccessRow(method, readers, cases: [all] + narrowed)
  }

  private static func transfer(_ variant: String, from: String, to: String) -> String {
    """
    "from_warehouse_id": "\(from)", "to_warehouse_id": "\(to)", "lines": [{"variant_id": "\(variant)", "quantity": 1}]
    """
  }

  static let stock =
    [
      AccessRow(
        inventoryService + "SetStock", writers,
        ofVariant("variant_id") { variant, _, _ in "\"variant_id\": \"\(variant)\", \"on_hand\": 100000" },
        inWarehouse("warehouse_id") { warehouse, shop in
          "\"variant_id\": \"\(shop.variant)\", \"warehouse_id\": \"\(warehouse)\", \"on_hand\": 5"
        }),
      AccessRow(
        inventoryService + "BatchAdjustStock", writers,
        // A row that is refused is an outcome: see StockBatchTests.
        plainFields: ["adjustments.variant_id", "adjustments.warehouse_id", "seller_id"],
        .plain(.ok) { things in
          """
          {"adjustments": [{"variant_id": "\(AccessResources.absent)", "delta": 1, "reason": "STOCK_REASON_COUNTED"}],
           "request_id": "\(things.requestID)"}
          """
        }),
      AccessRow(
        inventoryService + "BatchSetStock", writers,
        // A row that is refused is an outcome: see StockCountBatchTests.
        plainFields: ["counts.variant_id", "counts.warehouse_id", "seller_id"],
        .plain(.ok) { things in
          """
          {"counts": [{"variant_id": "\(AccessResources.absent)", "on_hand": 1}], "request_id": "\(things.requestID)"}
          """
        }),
      AccessRow(
        inventoryService + "TransferStock", writers,
        ofVariant("lines.variant_id") { variant, shop, to in transfer(variant, from: shop.seller, to: to) },
        inWarehouse("to_warehouse_id") { transfer($1.variant, from: $1.seller, to: $0) },
        .one("from_warehouse_id", own: .inFirstShop, others: missing, absent: missing) { things, whose in
          let (shop, from) = (things.shops[0], things.shop(whose, \.seller))
          try await things.addStock(in: shop)
          let to = try await things.warehouse(of: shop.seller)
          let json = transfer(shop.variant, from: from, to: to)
          return AccessRequest(
            json: "{\(json), \"request_id\": \"\(things.requestID)\"}", names: [from, shop.variant])
        }),
      list(inventoryService + "ListMovements", ("variant_id", \.variant), ("warehouse_id", \.seller)) {
        try await $0.movement(in: $1)
      },
      AccessRow(
        inventoryService + "GetStockForecast", readers,
        .one("variant_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
          let variant = things.shop(whose, \.variant)
          return AccessRequest(json: "{\"variant_id\": \"\(variant)\"}", names: [variant])
        }),
      list(inventoryService + "ListReservations", ("variant_id", \.variant)) { try await $0.reservation(in: $1) },
      list(warehouseService + "ListWarehouses", ("seller_id", \.seller)) { try await $0.warehouse(of: $1.seller) },
    ] + warehouses

  private static let warehouses = [
    AccessRow(
      warehouseService + "CreateWarehouse", writers, plainFields: ["name"], ofSeller("\"name\": \"Outlet\"")),
    AccessRow(
      warehouseService + "UpdateWarehouse", writers, plainFields: ["warehouse.seller_id", "warehouse.name"],
      ofWarehouse("warehouse.id") { "\"warehouse\": {\"id\": \"\($0)\", \"name\": \"B\"}" }),
    AccessRow(
      warehouseService + "DeleteWarehouse", writers, ofWarehouse("warehouse_id") { "\"warehouse_id\": \"\($0)\"" }),
    AccessRow(
      warehouseService + "SetAllocationRule", writers, ofSeller("\"order\": \"ALLOCATION_ORDER_STOCK\"")),
  ]

  private static func ofSeller(_ json: String) -> AccessCase {
    .one("seller_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let id = things.shop(whose, \.seller)
      return AccessRequest(
        json: "{\"seller_id\": \"\(id)\", \(json), \"request_id\": \"\(things.requestID)\"}", names: [id])
    }
  }
}
