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
        InputValue(what: "51 entries", values: (1...51).map { entry("k\($0)", "v") }, ending: .refused),
        InputValue(what: "50 entries", values: (1...50).map { entry("k\($0)", "v") }, ending: .asSample),
      ]
  }

  private static func product(_ changed: [String: InputRule]) -> [String: InputRule] {
    var rules: [String: InputRule] = [
      "product.title": .line(1...300), "product.slug": slug, "product.description": .note(20_000),
      "product.brand": .line(0...100), "product.tags": InputRule.list(0...50, of: "oak", not: "", " ", "a\nb"),
      "product.external_id": .line(0...100), "product.metadata": metadata, "product.seo_title": .line(0...100),
      "product.seo_description": .note(400), "product.quantity_rules.minimum": count,
      "product.quantity_rules.step": count, "product.quantity_rules.maximum": count,
      "product.product_type_id": .optionalID, "product.locale": .text(not: "de", " "),
      "product.buyable_from_time": .anyTime,
      "product.attributes.code": InputRule.text(
        not: "", " ", "1st", "a b", "A", "\u{e9}", String(repeating: "c", count: 51)),
      "product.attributes.text": .line(1...500),
      "product.attributes.number": InputRule.text(
        not: "", "x", "1e5", "NaN", "1,5", ".5", "5.", "+1", " 1", "--1", "\u{661}", "1234567890123456789"),
      "product.attributes.date": InputRule.text(
        not: "", "2026-02-29", "2026-13-01", "2026-00-01", "2026-04-31", "0000-01-01", "26-1-1", "2026-03-01T00:00:00Z"
      ),
    ]
    for field in [
      "id", "seller_name", "category_path", "status", "price.amount_minor", "price.currency", "units_sold",
      "variants.id", "variants.sku", "variants.title", "variants.options.name", "variants.options.value",
      "variants.price.amount_minor", "variants.price.currency", "variants.gtin", "variants.weight_grams",
      "variants.is_digital", "images.id",
      "images.url", "images.alt", "images.width", "images.height", "attachments.id",
      "attachments.kind", "attachments.url", "attachments.title", "attachments.content_type", "attachments.size_bytes",
      "rating.average", "rating.count", "rating.score",
      "etag", "create_time", "update_time", "publish_time", "scheduled_publish_time", "seller_id",
    ] { rules["product." + field] = answered }
    rules.merge(changed) { $1 }
    return rules
  }

  /// What is wrong with a row of an upsert is its outcome.
  private static let rows = Dictionary(
    uniqueKeysWithValues: product(["product.category_id": .id]).keys.map { field in
      ("products" + field.dropFirst("product".count), InputRule.reported("what is wrong with a row is its outcome"))
    })

  /// An upsert of so many rows, each with these fields.
  private static func upsert(_ count: Int, _ fields: String = "") -> String {
    let rows = Array(repeating: "{\(fields)}", count: count).joined(separator: ",")
    return "{\"products\": [\(rows)], \"seller_id\": \"\(InputRule.absent)\", \"request_id\": \"ID\"}"
  }

  private static func change(_ method: String) -> InputRow { InputRow(service + method, ["product_id": .id]) }

  /// A new product, with fields behind a comma.
  private static func created(_ fields: String) -> String {
    """
    {"product": {"title": "A", "category_id": "\(InputRule.absent)", "seller_id": "\(InputRule.absent)"\(fields)},
     "request_id": "ID"}
    """
  }

  static let products: [InputRow] =
    [
      InputRow(
        service + "CreateProduct", product(["product.seller_id": .id, "product.category_id": .id]),
        sample: {
          """
          {"product": {"title": "Desk", "category_id": "\($0.shops[0].category)", "seller_id": "\($0.shops[0].seller)",
                       "product_type_id": "\(try await $0.newTypeWithAttributes())",
                       "attributes": [{"code": "material", "text": "Oak"}]},
           "request_id": "\($0.requestID)"}
          """
        },
        Case(what: "no product", json: "{\"request_id\": \"ID\"}", field: "product.title"),
        Case(
          what: "at least more than at most", json: created(", \"quantity_rules\": {\"minimum\": 3, \"maximum\": 2}"),
          field: "product.quantity_rules.maximum"),
        Case(
          what: "an attribute without a value", json: created(", \"attributes\": [{\"code\": \"material\"}]"),
          field: "product.attributes"),
        Case(
          what: "an attribute twice",
          json: created(
            ", \"attributes\": [{\"code\": \"a\", \"flag\": true}, {\"code\": \"a\", \"flag\": true}]"),
          field: "product.attributes.code"),
        Case(
          what: "31 attributes",
          json: created(
            ", \"attributes\": [\((1...31).map { "{\"code\": \"a\($0)\", \"flag\": true}" }.joined(separator: ","))]"),
          field: "product.attributes")),
      InputRow(
        service + "UpdateProduct",
        product([
          "product.id": .id, "product.category_id": .optionalID, "product.etag": .etag, "update_mask": .mask("title"),
        ]),
        sample: {
          """
          {"product": {"id": "\(try await $0.newProduct(of: $0.shops[0].seller))", "title": "Desk",
                       "attributes": [{"code": "material", "text": "Oak"}]},
           "update_mask": "title", "request_id": "\($0.requestID)"}
          """
        },
        Case(
          what: "nothing to change", json: "{\"product\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
          field: "update_mask")),
      InputRow(
        service + "UpsertProducts",
        rows.merging(["seller_id": .optionalID, "update_mask": .mask("title")]) { $1 },
        Case(what: "no rows", json: upsert(0), field: "products"),
        Case(what: "501 rows", json: upsert(501), field: "products"),
        Case(
          what: "5,100 variants",
          json: upsert(51, "\"variants\": [\(Array(repeating: "{}", count: 100).joined(separator: ","))]"),
          field: "products"),
        Case(what: "no seller", json: "{\"products\": [{}], \"request_id\": \"ID\"}", field: "seller_id")),
      InputRow(service + "GetProductDraft", ["product_id": .id]),
      InputRow(
        service + "ListManagedProducts",
        ["seller_id": .optionalID, "search": .line(0...100), "external_id": .line(0...100)],
        sample: { "{\"seller_id\": \"\($0.shops[0].seller)\"}" },
        Case(what: "an external id of whichever seller", json: "{\"external_id\": \"7\"}", field: "seller_id")),
      InputRow(
        service + "PublishProduct", ["product_id": .id],
        Case(
          what: "in a thousand years",
          json: """
            {"product_id": "\(InputRule.absent)", "publish_time": "3026-01-01T00:00:00Z", "request_id": "ID"}
            """, field: "publish_time")),
      change("UnpublishProduct"), change("ArchiveProduct"), change("DeleteProduct"),
      InputRow(
        service + "DuplicateProduct", ["product_id": .id, "title": .line(0...300), "sku_suffix": .line(0...20)],
        sample: {
          """
          {"product_id": "\(try await $0.newProduct(of: $0.shops[0].seller))", "request_id": "\($0.requestID)"}
          """
        }),
    ] + variants
}
