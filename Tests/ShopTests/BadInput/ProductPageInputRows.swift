import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.ProductPageService/"
  private static let reader = "fastshop.catalog.v1.CatalogService/"
  private static let placed = InputRule.list(1...50, of: InputRule.absent, not: "", "x")

  static let productPages: [InputRow] = [
    InputRow(
      reader + "GetProductPage",
      [
        "id": .id, "variant_id": .id, "product_id": .id, "channel": channelCode,
        "gtin": .text(not: "", " ", "4006381333930", "400638133393", "40063813339310", "0000000000000", "\u{664}"),
      ],
      Case(what: "no key", json: "{}", field: "key")),
    InputRow(reader + "ListOffers", ["product_page_id": .id, "channel": channelCode]),
    InputRow(service + "GetManagedProductPage", ["page_id": .id]),
    InputRow(
      service + "ListProductPages",
      ["gtin_prefix": .text(not: "a", " ", "-1", "4 0", "\u{664}", "123456789012345")]),
    InputRow(
      service + "JoinProductPage", ["page_id": .optionalID, "variant_ids": placed],
      Case(
        what: "by the GTIN of no page",
        json: "{\"variant_ids\": [\"\(InputRule.absent)\"], \"by_gtin\": true, \"request_id\": \"ID\"}",
        field: "page_id")),
    InputRow(service + "LeaveProductPage", ["page_id": .id, "variant_ids": placed]),
    InputRow(service + "SetProductPageSource", ["page_id": .id, "product_id": .optionalID]),
    InputRow(
      service + "MergeProductPage", ["page_id": .id, "target_page_id": .optionalID],
      Case(
        what: "a page into itself",
        json: """
          {"page_id": "\(InputRule.absent)", "target_page_id": "\(InputRule.absent)", "request_id": "ID"}
          """, field: "target_page_id")),
  ]
}
