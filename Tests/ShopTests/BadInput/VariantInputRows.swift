import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.VariantService/"
  private static let price = InputRule.number(1...100_000_000_000)
  private static let currency = InputRule.text(not: "", "eur", "EU", "XAU", "USD", "\u{20ac}")

  private static func created(_ axes: String, pattern: String = "A-{options}") -> String {
    """
    {"product_id": "\(InputRule.absent)", "axes": [\(axes)], "sku_pattern": "\(pattern)",
     "price": {"amount_minor": 100, "currency": "EUR"}, "request_id": "ID"}
    """
  }

  private static func axis(_ name: String, _ values: [String]) -> String {
    "{\"name\": \"\(name)\", \"values\": [\(values.map { "\"\($0)\"" }.joined(separator: ","))]}"
  }

  private static func many(_ count: Int) -> [String] { (1...count).map { "v\($0)" } }

  static let variants: [InputRow] = [
    InputRow(
      service + "CreateVariants",
      [
        "product_id": .id, "axes.name": .line(1...50), "axes.values": InputRule.text(not: "", " ", "a\nb"),
        "sku_pattern": .line(1...64), "price.amount_minor": price, "price.currency": currency,
      ],
      sample: {
        """
        {"product_id": "\(try await $0.newProduct(of: $0.shops[0].seller))", "sku_pattern": "\($0.requestID)",
         "axes": [{"name": "Size", "values": ["S"]}], "price": {"amount_minor": 100, "currency": "EUR"},
         "request_id": "\($0.requestID)"}
        """
      },
      Case(what: "300 variants", json: created(axis("Size", many(300))), field: "axes.values"),
      Case(
        what: "300 combinations", json: created(axis("Size", many(30)) + ", " + axis("Colour", many(10))),
        field: "axes"),
      Case(
        what: "four options", json: created(many(4).map { axis($0, ["a"]) }.joined(separator: ", ")), field: "axes"),
      Case(what: "no value", json: created(axis("Size", [])), field: "axes.values"),
      Case(what: "a value twice", json: created(axis("Size", ["S", "S"])), field: "axes.values"),
      Case(
        what: "an option twice", json: created(axis("Size", ["S"]) + ", " + axis("Size", ["M"])), field: "axes.name"),
      Case(
        what: "one SKU for two", json: created(axis("Size", ["S", "M"]), pattern: "A"), field: "sku_pattern"),
      Case(what: "values that differ in case", json: created(axis("Size", ["S", "s"])), field: "axes.values"),
      Case(what: "values that differ in signs", json: created(axis("Size", ["S+", "S-"])), field: "axes.values"),
      Case(
        what: "a SKU of 65 characters",
        json: created(axis("Size", ["abcdefghij"]), pattern: String(repeating: "A", count: 55) + "{options}"),
        field: "sku_pattern"),
      Case(
        what: "no price",
        json: "{\"product_id\": \"\(InputRule.absent)\", \"sku_pattern\": \"A\", \"request_id\": \"ID\"}",
        field: "price")),
    InputRow(
      service + "UpdateVariant",
      [
        "variant.id": .id, "variant.sku": .line(1...64), "variant.title": .ignored("it follows from the options"),
        "variant.options.name": .line(1...50), "variant.options.value": .line(1...50),
        "variant.price.amount_minor": price, "variant.price.currency": currency,
        "variant.gtin": InputRule.text(
          not: "1", "4006381333932", "406381333931", "40063813339310", " 4006381333931", "0000000000000",
          "\u{664}006381333931"), "variant.weight_grams": .number(0...10_000_000),
        "variant.is_digital": .ignored("it follows from the files and the licence keys"), "update_mask": .mask("sku"),
      ],
      sample: {
        """
        {"variant": {"id": "\(try await $0.newVariant(of: $0.shops[1].seller).variant)", "sku": "\($0.requestID)",
                     "price": {"amount_minor": 100, "currency": "EUR"}, "gtin": "4006381333931",
                     "options": [{"name": "Colour", "value": "Oak"}]},
         "update_mask": "sku", "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "nothing to change", json: "{\"variant\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
        field: "update_mask"),
      Case(
        what: "no price",
        json: """
          {"variant": {"id": "\(InputRule.absent)"}, "update_mask": "price", "request_id": "ID"}
          """, field: "variant.price"),
      Case(
        what: "four options",
        json: """
          {"variant": {"id": "\(InputRule.absent)", "options": [{}, {}, {}, {}]}, "request_id": "ID"}
          """, field: "variant.options")),
    InputRow(service + "DeleteVariant", ["variant_id": .id]),
    InputRow(
      service + "ReorderVariants",
      ["product_id": .id, "variant_ids": .list(1...250, of: InputRule.absent, not: "", "x")]),
    InputRow(
      service + "ReorderOptions", ["product_id": .id, "options": .list(1...3, of: "Colour", not: "", " ", "a\nb")]),
  ]
}
