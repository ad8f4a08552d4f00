import Platform
import Postgres
import Protobuf
import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.PriceService/"
  private static let missing = AccessOutcome.all(.notFound)
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])
  private static let readers = writers.union([.support])
  private static let ofFirst = TestCaller.ofFirstShop.union(TestCaller.ofEveryShop)
  private static let ofSecond = TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)

  /// A batch: a row that is refused is an outcome, see PriceTests.
  private static func batch(_ method: String, more: @escaping @Sendable (AccessResources) throws -> String) -> AccessRow
  {
    AccessRow(
      service + method, writers, plainFields: ["rows.variant_id", "rows.price_list_id"],
      .plain(.ok) { things in
        """
        {"rows": [{"variant_id": "\(AccessResources.absent)", "price": {"amount_minor": 100, "currency": "EUR"}}],
         \(try more(things))"request_id": "\(things.requestID)"}
        """
      })
  }

  /// A change of a new price list of the shop that the relation means.
  private static func ofList(
    _ field: String, _ json: @escaping @Sendable (_ list: String) -> String
  ) -> AccessCase {
    .one(field, own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let list = try await things.ofShop(whose) { try await things.priceList(of: $0) }
      return AccessRequest(json: "{\(json(list)), \"request_id\": \"\(things.requestID)\"}", names: [list])
    }
  }

  /// A list by one field, which names something of the first shop, and of the second one.
  private static func list(
    _ field: String, of thing: @escaping @Sendable (AccessResources, ShopResources) async throws -> String,
    element: @escaping @Sendable (AccessResources, _ thing: String) async throws -> String
  ) -> [AccessCase] {
    [0, 1].map { index in
      .list(field, own: index == 0 ? ofFirst : [], others: index == 1 ? ofSecond : []) { things in
        var (asked, names): ([String], [String]) = ([], [])
        for shop in things.shops {
          asked.append(try await thing(things, shop))
          names.append(try await element(things, asked.last ?? ""))
        }
        return AccessRequest(json: "{\"page_size\": 250, \"\(field)\": \"\(asked[index])\"}", names: names)
      }
    }
  }

  private static let ofVariant = list("variant_id", of: { $1.variant }, element: { $1 })

  private static func quote(
    _ variant: @escaping @Sendable (ShopResources) -> String, own: Set<TestCaller>, others: Set<TestCaller>
  ) -> AccessCase {
    .list("lines.variant_id", own: own, others: others) { things in
      let names = things.shops.map(variant) + [AccessResources.absent]
      let lines = names.map { "{\"variant_id\": \"\($0)\", \"quantity\": 1}" }.joined(separator: ", ")
      return AccessRequest(json: "{\"lines\": [\(lines)]}", names: names)
    }
  }

  static let prices: [AccessRow] = [
    batch("SetPrices") { _ in "" },
    batch("SchedulePrices") { _ in "\"end_time\": \(try AccessResources.tomorrow), " },
    AccessRow(
      service + "CancelScheduledPrices", writers, plainFields: ["price_ids"],
      .plain(.ok) { "{\"price_ids\": [\"\(AccessResources.absent)\"], \"request_id\": \"\($0.requestID)\"}" }),
    AccessRow(
      service + "ListPrices", readers,
      cases: ofVariant
        + list(
          "price_list_id", of: { try await $0.priceList(of: $1.seller) },
          element: { try await $0.price(in: $1) })),
    AccessRow(service + "ListPriceHistory", readers, cases: ofVariant),
    AccessRow(
      service + "CreatePriceList", writers, plainFields: ["price_list.id"],
      .one("price_list.seller_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.seller)
        return AccessRequest(
          json: """
            {"price_list": {"seller_id": "\(id)", "title": "Web", "segment": "\(things.requestID)", "currency": "EUR"},
             "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "UpdatePriceList", writers, plainFields: ["price_list.seller_id"],
      ofList("price_list.id") { "\"price_list\": {\"id\": \"\($0)\", \"title\": \"Store\"}" }),
    AccessRow(service + "DeletePriceList", writers, ofList("price_list_id") { "\"price_list_id\": \"\($0)\"" }),
    AccessRow(
      service + "ListPriceLists", readers,
      cases: [0, 1].map { index in
        .list("seller_id", own: index == 0 ? ofFirst : [], others: index == 1 ? ofSecond : []) { things in
          // The titles are those of this request alone.
          let titles = [things.requestID, things.requestID]
          for (shop, title) in zip(things.shops, titles) { _ = try await things.priceList(of: shop.seller, title) }
          let seller = things.shops[index].seller
          return AccessRequest(json: "{\"page_size\": 250, \"seller_id\": \"\(seller)\"}", names: titles)
        }
      }),
    AccessRow(
      service + "QuotePrices", TestCaller.everybody,
      quote({ $0.variant }, own: TestCaller.everybody, others: TestCaller.everybody),
      quote({ $0.hiddenVariant }, own: ofFirst, others: ofSecond)),
  ]
}

extension AccessResources {
  /// This time tomorrow, as JSON writes it.
  static var tomorrow: String {
    get throws { try (Instant.now + .seconds(86_400)).timestamp(in: Arena()).json() }
  }

  /// A new price list of a seller.
  func priceList(of seller: String, _ title: String = "Web") async throws -> String {
    let channel = requestID
    return try await make {
      """
      INSERT INTO catalog.price_list (seller_id, title, channel, currency)
      VALUES (\(seller)::uuid, \(title), \(channel), 'EUR')
      RETURNING id
      """
    }
  }

  /// A new price in a price list.
  func price(in list: String) async throws -> String {
    try await make {
      """
      INSERT INTO catalog.price (seller_id, variant_id, price_list_id, quantity_min, price_minor, currency)
      SELECT l.seller_id, v.id, l.id, 10, 100, l.currency
        FROM catalog.price_list l JOIN catalog.variant v ON v.seller_id = l.seller_id
       WHERE l.id = \(list)::uuid
       LIMIT 1
      RETURNING id
      """
    }
  }
}
