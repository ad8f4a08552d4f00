import RPC

extension AccessRow {
  private static let service = "fastshop.inventory.v1.InventoryService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  private static let ofFirst = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop)
  private static let ofSecond = TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])
  private static let readers = writers.union([.support])

  private static func stock(of thing: KeyPath<ShopResources, String>, _ things: AccessResources) -> AccessRequest {
    let ids = [things.shops[0][keyPath: thing], things.shops[1][keyPath: thing], AccessResources.absent]
    return AccessRequest(json: "{\"variant_ids\": [\"\(ids.joined(separator: "\", \""))\"]}", names: ids)
  }

  private static func watched(_ field: String, _ id: String) -> AccessRequest {
    AccessRequest(json: "{\"\(field)\": \"\(id)\"}", names: [id])
  }

  static let inventory = [
    AccessRow(
      service + "GetStock", TestCaller.everybody,
      .one("product_id", own: found, others: found, absent: missing) { things, whose in
        watched("product_id", things.shop(whose, \.product))
      },
      // Of what is not on sale, for those who look after it.
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        watched("product_id", things.shop(whose, \.hiddenProduct))
      },
      .one("variant_ids", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.hiddenVariant)
        return AccessRequest(json: "{\"variant_ids\": [\"\(id)\"]}", names: [id])
      },
      .list("variant_ids", own: TestCaller.everybody, others: TestCaller.everybody) { stock(of: \.variant, $0) },
      .list("variant_ids", own: ofFirst, others: ofSecond) { things in
        // One that everybody sees, so that there is an answer.
        var request = stock(of: \.hiddenVariant, things)
        request = AccessRequest(
          json: request.json.replacing("[", with: "[\"\(things.shops[0].variant)\", "), names: request.names)
        return request
      }),
    AccessRow(
      service + "AdjustStock", writers,
      .one("warehouse_id", own: .inFirstShop, others: missing, absent: missing) { things, whose in
        let warehouse = try await things.ofShop(whose) { try await things.warehouse(of: $0) }
        let variant = things.shops[0].variant
        return AccessRequest(
          json: """
            {"variant_id": "\(variant)", "warehouse_id": "\(warehouse)", "delta": 1, "reason": "STOCK_REASON_COUNTED",
             "request_id": "\(things.requestID)"}
            """, names: [warehouse, variant])
      },
      .one("variant_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.variant)
        return AccessRequest(
          json: """
            {"variant_id": "\(id)", "delta": 1, "reason": "STOCK_REASON_COUNTED", "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "SetStockRules", writers,
      .one("variant_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.variant)
        return AccessRequest(
          json: "{\"variant_id\": \"\(id)\", \"low_stock_threshold\": 5, \"request_id\": \"\(things.requestID)\"}",
          names: [id])
      }),
    AccessRow(
      service + "ListLowStock", readers,
      .list(own: ofFirst, others: ofSecond) { things in
        let names = [try await things.lowStock(in: things.shops[0]), try await things.lowStock(in: things.shops[1])]
        return AccessRequest(json: "{\"page_size\": 250}", names: names)
      }),
    AccessRow(
      service + "WatchInventory", TestCaller.everybody,
      .one("product_id", own: found, others: found, absent: missing) { things, whose in
        watched("product_id", things.shop(whose, \.product))
      },
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        watched("product_id", things.shop(whose, \.hiddenProduct))
      },
      .one("category_id", own: found, others: found, absent: missing) { things, whose in
        watched("category_id", things.shop(whose, \.category))
      },
      .one("seller_id", own: found, others: found, absent: missing) { things, whose in
        watched("seller_id", things.shop(whose, \.seller))
      },
      .list("seller_id", own: ofFirst, others: []) { things in
        AccessRequest(
          json: "{\"seller_id\": \"\(things.shops[0].seller)\"}",
          names: [things.shops[0].hiddenVariant, things.shops[1].hiddenVariant])
      },
      .list("variants.variant_ids", own: ofFirst, others: ofSecond) { things in
        let request = stock(of: \.hiddenVariant, things)
        return AccessRequest(json: "{\"variants\": \(request.json)}", names: request.names)
      }),
  ]
}
