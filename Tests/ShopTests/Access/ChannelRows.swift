import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.ChannelService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  /// Channels are the platform's; sellers say which of their products these show.
  private static let configurers: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])
  private static let readers = writers.union([.support])
  private static let ofFirst = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop)
  private static let ofSecond = TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)

  /// The listings of a product of the first shop, or of the second one.
  private static func listings(of index: Int) -> AccessCase {
    .list("product_id", own: index == 0 ? ofFirst : [], others: index == 1 ? ofSecond : []) { things in
      let names = [
        try await things.channelListing(of: things.shops[0]), try await things.channelListing(of: things.shops[1]),
      ]
      return AccessRequest(
        json: "{\"page_size\": 250, \"product_id\": \"\(things.shops[index].product)\"}", names: names)
    }
  }

  static let channels: [AccessRow] = [
    AccessRow(
      service + "CreateChannel", configurers, plainFields: ["channel.id"],
      .plain(.ok) { things in
        try await things.makeRoomForChannels()
        return """
          {"channel": {"code": "\(things.requestID)", "title": "Outlet", "storefront_url": "https://outlet.example/",
                       "currency": "EUR", "language": "de", "is_active": true},
           "request_id": "\(things.requestID)"}
          """
      }),
    AccessRow(
      service + "UpdateChannel", configurers,
      .one("channel.id", own: found, absent: missing) { things, whose in
        let id = whose == .absent ? AccessResources.absent : try await things.newChannel()
        return AccessRequest(
          json: "{\"channel\": {\"id\": \"\(id)\", \"title\": \"Store\"}, \"request_id\": \"\(things.requestID)\"}",
          names: [id])
      }),
    AccessRow(service + "ListChannels", readers, .plain(.ok)),
    AccessRow(
      service + "SetChannelListing", writers, plainFields: ["channel_listing.id", "channel_listing.seller_id"],
      .one("channel_listing.product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let product = things.shop(whose, \.product)
        return AccessRequest(
          json: """
            {"channel_listing": {"channel": "\(try await things.channel())", "product_id": "\(product)",
                                 "is_listed": true}, "request_id": "\(things.requestID)"}
            """, names: [product])
      }),
    AccessRow(
      service + "DeleteChannelListing", writers,
      .one("product_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        for shop in things.shops { _ = try await things.channelListing(of: shop) }
        let product = things.shop(whose, \.product)
        return AccessRequest(
          json: """
            {"channel": "\(try await things.channel())", "product_id": "\(product)",
             "request_id": "\(things.requestID)"}
            """, names: [product])
      }),
    AccessRow(
      "fastshop.catalog.v1.CatalogService/GetChannel", TestCaller.everybody,
      .plain(.ok) { things in "{\"channel\": \"\(try await things.channel())\"}" }),
    AccessRow(service + "ListChannelListings", readers, cases: [listings(of: 0), listings(of: 1)]),
  ]
}

extension AccessResources {
  /// A new channel that is switched on.
  func newChannel() async throws -> String {
    let code = requestID
    return try await make {
      """
      INSERT INTO catalog.channel (code, title, currency, is_active) VALUES (\(code), 'Outlet', 'EUR', true)
      RETURNING id
      """
    }
  }

  /// The code of a channel that is there.
  func channel() async throws -> String {
    try await make {
      """
      INSERT INTO catalog.channel AS c (code, title, currency, is_active) VALUES ('web', 'Web', 'EUR', true)
          ON CONFLICT ON CONSTRAINT channel_code_key DO UPDATE SET title = c.title
      RETURNING code AS id
      """
    }
  }

  /// A listing of the product of a shop.
  func channelListing(of shop: ShopResources) async throws -> String {
    let (product, channel) = (shop.product, try await channel())
    return try await make {
      """
      INSERT INTO catalog.channel_listing AS l (product_id, channel_id, seller_id, is_listed)
      SELECT p.id, c.id, p.seller_id, true
        FROM catalog.product p, catalog.channel c
       WHERE p.id = \(product)::uuid AND c.code = \(channel)
          ON CONFLICT ON CONSTRAINT channel_listing_pkey DO UPDATE SET is_listed = true
      RETURNING id
      """
    }
  }

  /// The channels of other requests make room for a new one: there is a maximum.
  func makeRoomForChannels() async throws {
    _ = try await make {
      """
      WITH gone AS (
        DELETE FROM catalog.channel c
         WHERE NOT EXISTS (SELECT FROM catalog.channel_listing l WHERE l.channel_id = c.id)
           AND c.code NOT IN ('web', 'wholesale')
        RETURNING c.id
      )
      SELECT count(*)::text AS id FROM gone
      """
    }
  }
}
