import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.CollectionService/"
  private static let reader = "fastshop.catalog.v1.CatalogService/"
  private static let answered = InputRule.ignored("it is only answered")

  private static func rule(_ field: String) -> [String: InputRule] {
    [
      "\(field).category_id": .optionalID, "\(field).seller_id": .optionalID, "\(field).brand": .line(0...100),
      "\(field).min_price_minor": .number(0...Int64.max), "\(field).max_price_minor": .number(0...Int64.max),
      "\(field).sort": .choice,
    ]
  }

  private static func collection(_ changed: [String: InputRule]) -> [String: InputRule] {
    [
      "collection.id": answered, "collection.slug": slug, "collection.title": .line(1...200),
      "collection.description": .note(5_000), "collection.position": .number(0...9_999),
      "collection.visible_from": .anyTime, "collection.visible_until": .anyTime,
      "collection.seo_title": .line(0...100), "collection.seo_description": .note(400), "collection.etag": answered,
      "collection.create_time": answered, "collection.update_time": answered,
      "collection.locale": .text(not: "de", " "),
    ].merging(rule("collection.rule")) { $1 }.merging(changed) { $1 }
  }

  static let collections = [
    InputRow(
      reader + "GetCollection",
      [
        "id": .id,
        "slug": .looked(
          up: .notFound, "there is no such collection", not: "", " ", "\u{202e}", "\u{10ffff}", InputRule.long("x")),
      ],
      Case(what: "no key", json: "{}", field: "key")),
    InputRow(reader + "ListCollections", ["page_size": .pageSize, "page_token": .pageToken]),
    InputRow(
      reader + "ListCollectionProducts",
      ["collection_id": .id, "channel": channelCode, "page_size": .pageSize, "page_token": .pageToken],
      sample: { "{\"collection_id\": \"\(try await $0.newCollection())\"}" }),
    InputRow(
      service + "CreateCollection", collection([:]),
      sample: { "{\"collection\": {\"title\": \"Gifts\"}, \"request_id\": \"\($0.requestID)\"}" },
      Case(what: "no collection", json: "{\"request_id\": \"ID\"}", field: "collection.title"),
      Case(
        what: "prices the wrong way round",
        json: """
          {"collection": {"title": "Gifts", "rule": {"min_price_minor": 2, "max_price_minor": 1}}, "request_id": "ID"}
          """, field: "collection.rule.max_price_minor"),
      Case(
        what: "never visible",
        json: """
          {"collection": {"title": "Gifts", "visible_from": "2026-01-01T00:00:00Z",
                          "visible_until": "2026-01-01T00:00:00Z"}, "request_id": "ID"}
          """, field: "collection.visible_until")),
    InputRow(
      service + "UpdateCollection",
      collection(["collection.id": .id, "collection.etag": .etag]).merging(["update_mask": .mask("title")]) { $1 },
      sample: {
        """
        {"collection": {"id": "\(try await $0.newCollection())", "title": "Gifts"}, "update_mask": "title",
         "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "nothing to change", json: "{\"collection\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
        field: "update_mask")),
    InputRow(service + "DeleteCollection", ["collection_id": .id]),
    InputRow(
      service + "SetCollectionProducts",
      ["collection_id": .id, "product_ids": .list(0...1_000, of: InputRule.absent, not: "", "x")],
      Case(
        what: "a product twice",
        json: """
          {"collection_id": "\(InputRule.absent)", "product_ids": ["\(InputRule.absent)", "\(InputRule.absent)"],
           "request_id": "ID"}
          """, field: "product_ids")),
    InputRow(
      service + "PreviewCollection", rule("rule"),
      Case(
        what: "prices the wrong way round", json: "{\"rule\": {\"min_price_minor\": 2, \"max_price_minor\": 1}}",
        field: "rule.max_price_minor")),
    InputRow(service + "ListManagedCollections", ["page_size": .pageSize, "page_token": .pageToken]),
  ]
}
