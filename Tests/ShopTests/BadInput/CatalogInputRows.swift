import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.CatalogService/"

  static let catalog = [
    InputRow(
      service + "GetProduct",
      [
        "id": .id,
        "slug": .looked(
          up: .notFound, "there is no such product", not: "", " ", "\u{202e}", "\u{10ffff}", InputRule.long("x")),
        "channel": channelCode,
      ],
      Case(what: "no key", json: "{}", field: "key")),
    InputRow(
      service + "BatchGetProducts",
      ["ids": .list(1...250, of: InputRule.absent, not: "", "x"), "channel": channelCode]),
    InputRow(
      service + "ListProducts",
      [
        "category_id": .optionalID, "seller_id": .optionalID,
        "brand": .line(0...100),
        "channel": channelCode, "min_price_minor": .number(0...Int64.max), "max_price_minor": .number(0...Int64.max),
        "currency": InputRule.text(not: "USD", "eur", " EUR", "XAU", "\u{20ac}"),
      ],
      Case(
        what: "prices the wrong way round", json: "{\"min_price_minor\": 2, \"max_price_minor\": 1}",
        field: "max_price_minor")),
    InputRow(
      service + "ListCategories",
      ["parent_id": .optionalID, "depth_limit": .number(0...Int64(Int32.max)), "page_size": .pageSize]),
  ]

  static let audit = [
    InputRow(
      "fastshop.audit.v1.AuditService/ListAuditEntries",
      [
        "actor_id": .optionalID,
        "resource_type": .looked(up: .ok, "no entry has that type", not: InputRule.long("x")),
        "resource_id": .looked(up: .ok, "no entry has that name", not: InputRule.long("x")),
        "action": .looked(up: .ok, "no entry has it", not: InputRule.long("x")),
      ],
      sample: { _ in "{\"resource_type\": \"fastshop.identity.v1.User\"}" },
      Case(
        what: "times the wrong way round",
        json: "{\"start_time\": \"2026-01-02T00:00:00Z\", \"end_time\": \"2026-01-01T00:00:00Z\"}",
        field: "end_time"),
      Case(what: "an id without its type", json: "{\"resource_id\": \"x\"}", field: "resource_type"))
  ]

  static let inventory = [
    InputRow(
      "fastshop.inventory.v1.InventoryService/GetStock",
      [
        "product_id": .optionalID,
        "variant_ids": .list(1...250, of: InputRule.absent, not: "", "x"),
      ],
      sample: { "{\"variant_ids\": [\"\($0.shops[0].variant)\"]}" },
      Case(
        what: "variants and a product",
        json: "{\"variant_ids\": [\"\(InputRule.absent)\"], \"product_id\": \"\(InputRule.absent)\"}",
        field: "variant_ids")),
    InputRow(
      "fastshop.inventory.v1.InventoryService/AdjustStock",
      [
        "variant_id": .id, "delta": delta, "reason": .requiredChoice, "note": .note(500), "warehouse_id": .optionalID,
      ],
      sample: { things in
        """
        {"variant_id": "\(things.shops[0].variant)", "delta": 1, "reason": "STOCK_REASON_COUNTED",
         "request_id": "\(things.requestID)"}
        """
      },
      Case(
        what: "nothing to add",
        json: """
          {"variant_id": "\(InputRule.absent)", "reason": "STOCK_REASON_COUNTED", "request_id": "ID"}
          """, field: "delta"),
      Case(
        what: "a reason that is not a caller's",
        json: """
          {"variant_id": "\(InputRule.absent)", "delta": 1, "reason": "STOCK_REASON_SOLD", "request_id": "ID"}
          """, field: "reason")),
    InputRow(
      "fastshop.inventory.v1.InventoryService/SetStockRules",
      [
        "variant_id": .id, "low_stock_threshold": .number(0...1_000_000), "safety_stock": .number(0...1_000_000),
        "backorder_limit": InputRule.number(0...1_000_000)
          .ending(.invalidArgument, for: "0", "a date is for backorders only"),
        "update_mask": .mask("safety_stock"),
      ],
      sample: { things in
        """
        {"variant_id": "\(things.shops[0].variant)", "backorder_limit": 5, "backorder_time": "2030-01-01T00:00:00Z",
         "update_mask": "lowStockThreshold,safetyStock,backorderLimit,backorderTime",
         "request_id": "\(things.requestID)"}
        """
      },
      Case(
        what: "backorders without a date",
        json: """
          {"variant_id": "\(InputRule.absent)", "backorder_limit": 1, "update_mask": "backorderLimit,backorderTime",
           "request_id": "ID"}
          """, field: "backorder_time"),
      Case(
        what: "a date without backorders",
        json: """
          {"variant_id": "\(InputRule.absent)", "backorder_time": "2030-01-01T00:00:00Z",
           "update_mask": "backorderLimit,backorderTime", "request_id": "ID"}
          """, field: "backorder_time")),
    InputRow(
      "fastshop.inventory.v1.InventoryService/WatchInventory",
      [
        "variants.variant_ids": .list(1...1_000, of: InputRule.absent, not: "", "x"), "product_id": .id,
        "category_id": .id, "seller_id": .id, "cursor": cursor,
      ],
      Case(what: "no selection", json: "{}", field: "selection")),
  ]

  static let security = [
    InputRow("fastshop.security.v1.SecurityService/ListSecurityEvents", ["user_id": .optionalID]),
    InputRow(
      "fastshop.security.v1.SecurityService/WatchSecurityEvents", ["user_id": .optionalID, "cursor": cursor]),
  ]

  static let delta = InputRule.number(-1_000_000_000...1_000_000_000)
    .ending(.failedPrecondition, for: "-1000000000", "there is less")
  private static let cursor = InputRule.text(not: "made up", "AAAA", "0", "-1", String(repeating: "9", count: 400))
}
