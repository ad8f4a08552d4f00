import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.ChannelService/"
  private static let answered = InputRule.ignored("it is only answered")
  /// A code, or nothing.
  static let channelCode = InputRule.text(
    not: " ", "Web", "a_b", "-a", "a--b", "\u{e9}", String(repeating: "c", count: 51))

  private static let requiredCode = InputRule.text(
    not: "", " ", "Web", "a_b", "-a", "a--b", "\u{e9}", String(repeating: "c", count: 51))

  private static func channel(_ changed: [String: InputRule]) -> [String: InputRule] {
    var rules: [String: InputRule] = [
      "channel.id": answered, "channel.code": answered, "channel.title": .line(1...100),
      "channel.storefront_url": InputRule.text(
        not: "http://shop.example/", "https://", "https:///a", "shop.example", "https://a@shop.example/",
        "https://shop.example/#a", "https://shop.example:0/", "https://shop.example:65536/", "https://shop.example/ ",
        "https://shop.\u{e9}/", "https://-shop/", "javascript:alert(1)",
        "https://shop.example/" + String(repeating: "a", count: 480)),
      "channel.currency": InputRule.text(not: "", "eur", "EU", "XAU", "\u{20ac}"),
      "channel.language": InputRule.text(not: " ", "x", "xx", "de_AT", "de-", "*"),
      "channel.etag": answered, "channel.create_time": answered, "channel.update_time": answered,
    ]
    rules.merge(changed) { $1 }
    return rules
  }

  static let channels: [InputRow] = [
    InputRow(
      service + "CreateChannel",
      channel(["channel.code": requiredCode]),
      Case(what: "no channel", json: "{\"request_id\": \"ID\"}", field: "channel.code")),
    InputRow(
      service + "UpdateChannel",
      channel(["channel.id": .id, "channel.etag": .etag, "update_mask": .mask("title")]),
      sample: {
        """
        {"channel": {"id": "\(try await $0.newChannel())", "title": "Store", "storefront_url": "https://a.example",
                     "currency": "CHF", "language": "fr"},
         "update_mask": "title,storefrontUrl,currency,language,isActive,assortment",
         "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "nothing to change", json: "{\"channel\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
        field: "update_mask")),
    InputRow(
      service + "SetChannelListing",
      [
        "channel_listing.id": answered, "channel_listing.seller_id": answered,
        "channel_listing.channel": requiredCode,
        "channel_listing.product_id": .id, "channel_listing.create_time": answered,
        "channel_listing.update_time": answered, "channel_listing.etag": .etag,
      ],
      Case(what: "no listing", json: "{\"request_id\": \"ID\"}", field: "channel_listing.channel")),
    InputRow(service + "DeleteChannelListing", ["channel": requiredCode, "product_id": .id]),
    InputRow("fastshop.catalog.v1.CatalogService/GetChannel", ["channel": requiredCode]),
    InputRow(service + "ListChannelListings", ["product_id": .optionalID, "channel": channelCode]),
  ]
}
