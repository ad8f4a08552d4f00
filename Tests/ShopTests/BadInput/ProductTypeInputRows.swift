import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.ProductTypeService/"
  private static let answered = InputRule.ignored("it is only answered")
  private static let code = InputRule.text(
    not: "", " ", "1st", "_a", "Size", "a b", "a-b", "\u{e9}", String(repeating: "c", count: 51))

  private static func productType(_ changed: [String: InputRule]) -> [String: InputRule] {
    var rules = [
      "product_type.id": answered, "product_type.title": .line(1...100), "product_type.etag": answered,
      "product_type.create_time": answered, "product_type.update_time": answered,
      "product_type.attributes.code": code, "product_type.attributes.title": .line(1...100),
      "product_type.attributes.kind": .requiredChoice, "product_type.attributes.unit": .line(0...20),
      "product_type.attributes.choices": InputRule.text(not: "", " ", "a\nb"),
      "product_type.locale": .text(not: "de", " "),
    ]
    rules.merge(changed) { $1 }
    return rules
  }

  private static func attributes(_ json: String) -> String {
    "{\"product_type\": {\"title\": \"Lamps\", \"attributes\": [\(json)]}, \"request_id\": \"ID\"}"
  }

  private static func many(_ count: Int, _ more: String) -> String {
    (1...count).map { "{\"code\": \"a\($0)\", \"title\": \"A\", \"kind\": \"ATTRIBUTE_KIND_TEXT\"\(more)}" }
      .joined(separator: ", ")
  }

  static let productTypes = [
    InputRow(
      service + "CreateProductType", productType([:]),
      sample: {
        """
        {"product_type": {"title": "\($0.requestID)", "attributes": [
           {"code": "power", "title": "Power", "kind": "ATTRIBUTE_KIND_NUMBER", "unit": "W"}]},
         "request_id": "\($0.requestID)"}
        """
      },
      Case(what: "no type", json: "{\"request_id\": \"ID\"}", field: "product_type.title"),
      Case(what: "31 attributes", json: attributes(many(31, "")), field: "product_type.attributes"),
      Case(
        what: "four axes", json: attributes(many(4, ", \"is_variant_axis\": true")), field: "product_type.attributes"),
      Case(
        what: "one code twice", json: attributes(many(1, "") + ", " + many(1, "")),
        field: "product_type.attributes.code"),
      Case(
        what: "a unit of a text",
        json: attributes("{\"code\": \"a\", \"title\": \"A\", \"kind\": \"ATTRIBUTE_KIND_TEXT\", \"unit\": \"cm\"}"),
        field: "product_type.attributes.unit"),
      Case(
        what: "nothing to choose",
        json: attributes("{\"code\": \"a\", \"title\": \"A\", \"kind\": \"ATTRIBUTE_KIND_CHOICE\"}"),
        field: "product_type.attributes.choices"),
      Case(
        what: "a choice twice",
        json: attributes(
          "{\"code\": \"a\", \"title\": \"A\", \"kind\": \"ATTRIBUTE_KIND_CHOICE\", \"choices\": [\"S\", \"S\"]}"),
        field: "product_type.attributes.choices"),
      Case(
        what: "variants that differ in a flag",
        json: attributes(
          "{\"code\": \"a\", \"title\": \"A\", \"kind\": \"ATTRIBUTE_KIND_FLAG\", \"is_variant_axis\": true}"),
        field: "product_type.attributes.is_variant_axis")),
    InputRow(
      service + "UpdateProductType",
      productType([
        "product_type.id": .id, "product_type.etag": .etag, "update_mask": .mask("title"),
        "product_type.title": InputRule.line(1...100)
          .ending(.alreadyExists, for: "100 characters", "the type that was created has them"),
      ]),
      sample: {
        """
        {"product_type": {"id": "\(try await $0.newProductType())", "title": "\($0.requestID)", "attributes": [
           {"code": "power", "title": "Power", "kind": "ATTRIBUTE_KIND_NUMBER", "unit": "W"}]},
         "update_mask": "title,attributes", "request_id": "\($0.requestID)"}
        """
      }),
    InputRow(service + "DeleteProductType", ["product_type_id": .id]),
    InputRow("fastshop.catalog.v1.CatalogService/GetProductType", ["product_type_id": .id]),
  ]
}
