import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.ProductService/"
  private static let answered = InputRule.ignored("it is only answered")
  private static let count = InputRule.number(0...1_000_000)

  private static let metadata = InputRule { _, _ in
    func entry(_ key: String, _ value: String) -> WireValue { .message([(1, .text(key)), (2, .text(value))]) }
    let bad = [
      ("", "a"), (" ", "a"), ("a b", "a"), ("\u{e9}", "a"), (String(repeating: "k", count: 65), "a"),
      ("a", "\u{7}"), ("a", String(repeating: "v", count: 501)),
    ]
    return bad.map { .refused("'\($0.0.prefix(20))'", entry($0.0, $0.1)) }
      + [
        InputValue(
          what: "51 entries", values: (1...51).map { entry("k\($0)", "v") }, ending: .refused),
        InputValue(what: "50 entries", values: (1...50).map { entry("k\($0)", "v") }, ending: .asSample),
      ]
  }

  private static func product(_ changed: [String: InputRule]) -> [String: InputRule] {
    var rules = [
      "product.title": .line(1...300), "product.slug": slug, "product.description": .note(20_000),
      "product.brand": .line(0...100), "product.tags": InputRule.list(0...50, of: "oak", not: "", " ", "a\nb"),
      "product.external_id": .line(0...100), "product.metadata": metadata, "product.seo_title": .line(0...100),
      "product.seo_description": .note(400), "product.quantity_rules.minimum": count,
      "product.quantity_rules.step": count, "product.quantity_rules.maximum": count,
    ]
    for field in [
      "id", "seller_name", "category_path", "status", "price.amount_minor", "price.currency", "units_sold",
      "variants.id", "variants.sku", "variants.title", "variants.options.name", "variants.options.value",
      "variants.price.amount_minor", "variants.price.currency", "images.id", "images.url", "images.alt",
      "images.width", "images.height", "rating.average", "rating.count", "rating.score", "etag", "create_time",
      "update_time", "publish_time", "seller_id",
    ] { rules["product." + field] = answered }
    rules.merge(changed) { $1 }
    return rules
  }

  private static func change(_ method: String) -> InputRow { InputRow(service + method, ["product_id": .id]) }

  static let products = [
    InputRow(
      service + "CreateProduct", product(["product.seller_id": .id, "product.category_id": .id]),
      Case(what: "no product", json: "{\"request_id\": \"ID\"}", field: "product.title"),
      Case(
        what: "at least more than at most",
        json: """
          {"product": {"title": "A", "quantity_rules": {"minimum": 3, "maximum": 2}}, "request_id": "ID"}
          """, field: "product.quantity_rules.maximum")),
    InputRow(
      service + "UpdateProduct",
      product([
        "product.id": .id, "product.category_id": .optionalID, "product.etag": .etag, "update_mask": .mask("title"),
      ]),
      sample: {
        """
        {"product": {"id": "\(try await $0.newProduct(of: $0.shops[0].seller))", "title": "Desk"},
         "update_mask": "title", "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "nothing to change", json: "{\"product\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
        field: "update_mask")),
    InputRow(service + "GetProductDraft", ["product_id": .id]),
    InputRow(service + "ListManagedProducts", ["seller_id": .optionalID]),
    change("PublishProduct"), change("UnpublishProduct"), change("ArchiveProduct"), change("DeleteProduct"),
    InputRow(
      "fastshop.catalog.v1.VariantService/CreateVariants",
      [
        "product_id": .id, "axes.name": .line(1...50), "axes.values": InputRule.text(not: "", " ", "a\nb"),
        "sku_pattern": .line(1...64), "price.amount_minor": .number(1...100_000_000_000),
        "price.currency": InputRule.text(not: "", "eur", "EU", "XAU", "XXX", "\u{20ac}"),
      ],
      sample: {
        """
        {"product_id": "\(try await $0.newProduct(of: $0.shops[0].seller))", "sku_pattern": "\($0.requestID)",
         "price": {"amount_minor": 100, "currency": "EUR"}, "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "300 variants", json: variants((1...300).map { "\"v\($0)\"" }.joined(separator: ",")),
        field: "axes.values"),
      Case(what: "a value twice", json: variants("\"S\", \"S\""), field: "axes.values"),
      Case(
        what: "one SKU for two", json: variants("\"S\", \"M\"", pattern: "A"), field: "sku_pattern")),
  ]

  private static func variants(_ values: String, pattern: String = "A-{options}") -> String {
    """
    {"product_id": "\(InputRule.absent)", "axes": [{"name": "Size", "values": [\(values)]}],
     "sku_pattern": "\(pattern)", "price": {"amount_minor": 100, "currency": "EUR"}, "request_id": "ID"}
    """
  }
}
