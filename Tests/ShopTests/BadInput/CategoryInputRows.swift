import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.CategoryService/"
  private static let reader = "fastshop.catalog.v1.CatalogService/"
  private static let answered = InputRule.ignored("it is only answered")
  static let slug = InputRule.text(
    not: "-", "-a", "a-", "a--b", "a b", "A", "a_b", "\u{e9}", "a/b", String(repeating: "s", count: 201))
  private static let position = InputRule.number(0...9_999)

  private static func category(_ changed: [String: InputRule]) -> [String: InputRule] {
    var rules = [
      "category.id": answered, "category.parent_id": answered, "category.slug": slug,
      "category.path": answered, "category.title": .line(1...200), "category.depth": answered,
      "category.position": answered, "category.product_count": answered, "category.etag": answered,
      "category.update_time": answered, "category.locale": .text(not: "de", " "),
    ]
    rules.merge(changed) { $1 }
    return rules
  }

  static let categories = [
    InputRow(
      reader + "GetCategory",
      [
        "id": .id,
        "path": .looked(
          up: .notFound, "there is no such category", not: "", " ", "\u{202e}", "\u{10ffff}", InputRule.long("x")),
      ],
      Case(what: "no key", json: "{}", field: "key")),
    InputRow(
      reader + "ResolvePath",
      [
        "product": .looked(
          up: .notFound, "nothing is there", not: "", " ", "\u{202e}", "\u{10ffff}", InputRule.long("x")),
        "category": .looked(
          up: .notFound, "nothing is there", not: "", " ", "\u{202e}", "\u{10ffff}", InputRule.long("x")),
        "collection": .looked(
          up: .notFound, "nothing is there", not: "", " ", "\u{202e}", "\u{10ffff}", InputRule.long("x")),
      ],
      Case(what: "no path", json: "{}", field: "path")),
    InputRow(
      service + "CreateCategory", category(["category.parent_id": .optionalID, "category.position": position]),
      Case(what: "no category", json: "{\"request_id\": \"ID\"}", field: "category.title")),
    InputRow(
      service + "UpdateCategory",
      category(["category.id": .id, "category.etag": .etag]).merging(["update_mask": .mask("title")]) { $1 },
      sample: {
        """
        {"category": {"id": "\(try await $0.newCategory())", "title": "Lamps"}, "update_mask": "title",
         "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "nothing to change", json: "{\"category\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
        field: "update_mask"),
      Case(
        what: "no slug",
        json: """
          {"category": {"id": "\(InputRule.absent)"}, "update_mask": "slug", "request_id": "ID"}
          """, field: "category.slug")),
    InputRow(
      service + "MoveCategory", ["category_id": .id, "parent_id": .optionalID, "position": position]),
    InputRow(service + "MergeCategories", ["category_id": .id, "target_category_id": .id]),
    InputRow(service + "DeleteCategory", ["category_id": .id]),
  ]
}
