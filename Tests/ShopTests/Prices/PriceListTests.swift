import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Catalog

extension ShopTests {
  @Suite struct PriceListTests {
    private static let day = Duration.seconds(86_400)

    /// The price lists of a test, with prices of 10 and more.
    private static let lists: [(name: String, fields: String, prices: [(quantity: Int32, amount: Int64)])] = [
      ("all", "", [(5, 95), (10, 90)]), ("web", ", \"channel\": \"web\"", [(1, 110), (10, 105)]),
      ("b2b", ", \"segment\": \"b2b\"", [(1, 80), (100, 60)]),
      ("b2b web", ", \"segment\": \"b2b\", \"channel\": \"web\"", [(20, 85)]),
    ]

    /// A line, and the price and the list of its quote.
    private static let quotes: [(quantity: Int32, fields: String, amount: Int64, list: String)] = [
      (1, "", 100, ""), (4, "", 100, ""), (5, "", 95, "all"), (9, "", 95, "all"), (10, "", 90, "all"),
      (1_000_000, "", 90, "all"), (1, ", \"channel\": \"web\"", 110, "web"), (10, ", \"channel\": \"web\"", 105, "web"),
      (10, ", \"channel\": \"store\"", 90, "all"), (1, ", \"segment\": \"b2b\"", 80, "b2b"),
      (100, ", \"segment\": \"b2b\"", 60, "b2b"), (1, ", \"segment\": \"b2c\"", 100, ""),
      (1, ", \"segment\": \"b2b\", \"channel\": \"web\"", 80, "b2b"),
      (20, ", \"segment\": \"b2b\", \"channel\": \"web\"", 85, "b2b web"),
    ]

    @Test("the list that fits best decides, then the quantity, and the quote says which it was")
    func precedence() async throws {
      let shop = try await TestShop.make(products: 20)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let (variant, seller) = (product.variants[0].id.string, product.sellerID.string)
        try await Self.clear(shop)
        try await nodes[0].createChannel("store")
        _ = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 100)])
        for (name, fields, prices) in Self.lists {
          let list = try await nodes[0].createPriceList(seller, fields, title: name).id.string
          _ = try await nodes[0].setPrices(
            prices.map { TestPrice(variant: variant, amount: $0.amount, list: list, quantity: $0.quantity) })
        }
        for (quantity, fields, amount, list) in Self.quotes {
          let quote = try await nodes[0].quote(variant, quantity, fields).quote
          #expect(quote?.unitPrice?.amountMinor == amount, "\(quantity)\(fields)")
          #expect(quote?.reason?.priceListTitle.string == list, "\(quantity)\(fields)")
        }
        var guest = CallOptions()
        guest.metadata.add(TestAuthenticator.caller, TestCaller.guest.rawValue)
        var otherSeller = CallOptions()
        otherSeller.metadata.add(TestAuthenticator.caller, TestCaller.otherSeller.rawValue)
        for options in [guest, otherSeller] {
          let quote = try await nodes[0].quote(variant, 1, ", \"segment\": \"b2b\"", options: options)
          #expect(quote.summary == "100 EUR", "nobody chooses the segment that they are in")
        }
      }
    }

    /// The lists of the demo shop end.
    private static func clear(_ shop: TestShop) async throws {
      _ = try await shop.run { database in
        try await database.execute("UPDATE catalog.price_list SET deleted_at = now(), ends_at = now()")
      }
    }

    @Test(
      "prices of currencies with 0, 2 and 3 decimals are whole minor units, and a currency without a price has none",
      arguments: ["JPY", "EUR", "KWD"])
    func currencies(_ currency: String) async throws {
      let shop = try await TestShop.make(products: 3, currency: currency)
      try await shop.serve(currency: try #require(Currency(currency))) { nodes in
        let id = try await nodes[0].createProduct().id.string
        let made = try await nodes[0].createVariants(id, [], price: 1_999, currency: currency)
        let (variant, seller) = (made.variants[0].id.string, made.sellerID.string)
        #expect(try await nodes[0].quote(variant).summary == "1999 \(currency)")
        #expect(try await nodes[0].quote(variant, 1, ", \"currency\": \"CHF\"").summary == "PRICE_NOT_SET")
        let list = try await nodes[0].createPriceList(seller, currency: "CHF").id.string
        let wrong = try await nodes[0].setPrices([
          TestPrice(variant: variant, amount: 1, list: list, currency: currency)
        ])
        #expect(wrong.map(\.summary) == ["CURRENCY_DIFFERS price.currency"])
        _ = try await nodes[0].setPrices([
          TestPrice(variant: variant, amount: 100_000_000_000, list: list, currency: "CHF")
        ])
        #expect(try await nodes[0].quote(variant, 1, ", \"currency\": \"CHF\"").summary == "100000000000 CHF")
        #expect(try await nodes[0].quote(variant, 1, ", \"currency\": \"\(currency)\"").summary == "1999 \(currency)")
        #expect(try await nodes[0].quote(variant).summary == "1999 \(currency)")
      }
    }

    @Test("for the same customers there is one list at a time, also when several are created at once")
    func oneAtATime() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let seller = try await nodes[0].product().sellerID.string
        let fields = ", \"channel\": \"web\", \"end_time\": \(try (Instant.now + Self.day).json)"
        let ends = try await InventoryTests.atOnce(8) { index -> String in
          await failure { _ = try await nodes[index % 2].createPriceList(seller, fields) }?.reason ?? ""
        }
        #expect(ends.filter(\.isEmpty).count == 1 && ends.contains("PRICE_LIST_EXISTS"), "\(ends)")
        let later = ", \"channel\": \"web\", \"start_time\": \(try (Instant.now + Self.day + Self.day).json)"
        let second = try await nodes[0].createPriceList(seller, later).id.string
        let earlier = await failure {
          _ = try await nodes[0].updatePriceList(second, ", \"start_time\": \(try Instant.now.json)")
        }
        #expect(earlier?.reason == "PRICE_LIST_EXISTS")
        _ = try await nodes[0].createPriceList(seller, ", \"channel\": \"web\"", currency: "USD")
        _ = try await nodes[0].createPriceList(seller, ", \"channel\": \"web\", \"segment\": \"b2b\"")
      }
    }

    @Test("a list holds for its time, and what has passed of it stays")
    func validity() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (variant, seller) = (made.variants[0].id.string, made.sellerID.string)
        let (now, web) = (Instant.now, ", \"channel\": \"web\"")
        let future = try await nodes[0].createPriceList(seller, web + ", \"start_time\": \(try (now + Self.day).json)")
        let list = future.id.string
        _ = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 70, list: list)])
        #expect(try await nodes[0].quote(variant, 1, web).summary == "100 EUR")
        let begun = try await nodes[0].updatePriceList(list, "", mask: "startTime")
        #expect(begun.etag != future.etag)
        #expect(try await nodes[0].quote(variant, 1, web).summary == "70 EUR")
        func refusal(_ fields: String, mask: String = "") async -> RPCError? {
          await failure { _ = try await nodes[0].updatePriceList(list, fields, mask: mask) }
        }
        #expect(await refusal("", mask: "startTime")?.reason == "PRICE_LIST_PAST")
        let past = try ", \"end_time\": \((now - Self.day).json)"
        #expect(await refusal(past)?.fields == ["price_list.end_time"])
        let ending = try await nodes[0].updatePriceList(list, ", \"end_time\": \(try (now + Self.day).json)")
        #expect(ending.endTime != nil && ending.title == "List")
        #expect(try await nodes[0].updatePriceList(list, "", mask: "endTime").endTime == nil)
        try await nodes[0].deletePriceList(list)
        #expect(try await nodes[0].quote(variant, 1, web).summary == "100 EUR")
        #expect(await refusal(", \"title\": \"A\"")?.code == .notFound)
        let gone = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 60, list: list)])
        #expect(gone.map(\.summary) == ["RESOURCE_NOT_FOUND price_list_id"])
        #expect(try await nodes[0].priceHistory(variant).sorted() == [70, 100], "the history keeps its prices")
        #expect(try await nodes[0].presentPrices(variant) == [100])
        _ = try await nodes[0].createPriceList(seller, web)
      }
    }

    @Test("prices of a list that has not begun, or was deleted before, have never held")
    func neverHeld() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let variant = made.variants[0].id.string
        let start = Instant.now + Self.day
        let list = try await nodes[0].createPriceList(
          made.sellerID.string, ", \"channel\": \"web\", \"start_time\": \(try start.json)"
        ).id.string
        let price = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 70, list: list)])[0].price
        #expect(price?.startTime.flatMap { Instant($0) } == start)
        #expect(try await nodes[0].priceHistory(variant) == [100])
        #expect(try await nodes[0].presentPrices(variant) == [70, 100])
        try await nodes[0].deletePriceList(list)
        #expect(try await nodes[0].priceHistory(variant) == [100])
        #expect(try await nodes[0].presentPrices(variant) == [100])
        let again = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 60, list: list)])
        #expect(again.map(\.summary) == ["RESOURCE_NOT_FOUND price_list_id"])
      }
    }

    @Test("the prices of a list that has ended end some time later, and do not count for the most that there may be")
    func upkeep() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (variant, seller) = (made.variants[0].id.string, made.sellerID.string)
        func list(_ channel: String, endedMinutesAgo minutes: Int32) async throws {
          _ = try await shop.run { database in
            try await database.execute(
              """
              WITH list AS (
                INSERT INTO catalog.price_list (seller_id, title, channel, currency, starts_at, ends_at)
                VALUES (\(seller)::uuid, 'List', \(channel), 'EUR', now() - interval '1 day',
                        now() - \(minutes)::int * interval '1 minute')
                RETURNING id
              )
              INSERT INTO catalog.price (seller_id, variant_id, price_list_id, quantity_min, price_minor, currency)
              SELECT \(seller)::uuid, \(variant)::uuid, list.id, n, 1, 'EUR' FROM list, generate_series(1, 300) n
              """)
          }
        }
        try await list("ended", endedMinutesAgo: 6)
        try await list("ending", endedMinutesAgo: 4)
        let present = try await nodes[0].createPriceList(seller, ", \"channel\": \"wholesale\"").id.string
        let rows = [TestPrice(variant: variant, amount: 5, list: present)]
        #expect(try await nodes[0].setPrices(rows).map(\.summary) == ["TOO_MANY_PRICES variant_id"])
        for expected in [300, 0] {
          #expect(try await shop.run { try await PriceUpkeep.chore.run($0) } == expected)
        }
        let open = try await shop.number {
          """
          SELECT count(*) AS n
            FROM catalog.price
           WHERE variant_id = \(variant)::uuid AND price_list_id IS NOT NULL AND ends_at = 'infinity'
          """
        }
        #expect(open == 300)
        #expect(try await nodes[0].setPrices(rows).map(\.summary) == ["5"])
        #expect(try await nodes[0].presentPrices(variant) == [5, 100])
        let ended = try await shop.number {
          "SELECT count(*) AS n FROM catalog.price_list WHERE are_prices_ended"
        }
        #expect(ended == 1)
      }
    }

    @Test("the prices of a deleted list do not count, unless they are very many, and end some time later")
    func upkeepOfDeletedLists() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (variant, seller) = (made.variants[0].id.string, made.sellerID.string)
        let later = ", \"segment\": \"later\", \"start_time\": \(try (Instant.now + Self.day).json)"
        let deleted = try await nodes[0].createPriceList(seller, later).id.string
        func fill(_ quantities: ClosedRange<Int32>) async throws {
          _ = try await shop.run { database in
            try await database.execute(
              """
              INSERT INTO catalog.price (seller_id, variant_id, price_list_id, quantity_min, price_minor, currency)
              SELECT \(seller)::uuid, \(variant)::uuid, \(deleted)::uuid, n, 1, 'EUR'
                FROM generate_series(\(quantities.lowerBound)::int, \(quantities.upperBound)::int) n
              """)
          }
        }
        try await fill(1...499)
        let present = try await nodes[0].createPriceList(seller, ", \"channel\": \"wholesale\"").id.string
        func set(_ quantity: Int32) async throws -> [String] {
          let row = TestPrice(variant: variant, amount: 5, list: present, quantity: quantity)
          return try await nodes[0].setPrices([row]).map(\.summary)
        }
        #expect(try await set(1) == ["TOO_MANY_PRICES variant_id"])
        try await nodes[0].deletePriceList(deleted)
        #expect(try await set(1) == ["5"])
        try await fill(500...998)
        #expect(try await set(2) == ["TOO_MANY_PRICES variant_id"])
        #expect(try await shop.run { try await PriceUpkeep.chore.run($0) } == 0)
        _ = try await shop.run { database in
          try await database.execute(
            "UPDATE catalog.price_list SET deleted_at = now() - interval '6 minutes' WHERE id = \(deleted)::uuid")
        }
        for expected in [998, 0] {
          #expect(try await shop.run { try await PriceUpkeep.chore.run($0) } == expected)
        }
        #expect(try await set(2) == ["5"])
        let ended = try await shop.number { "SELECT count(*) AS n FROM catalog.price_list WHERE are_prices_ended" }
        #expect(ended == 1)
      }
    }

    @Test("a variant has at most 500 prices that hold or will")
    func mostPrices() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let variant = made.variants[0].id.string
        let list = try await nodes[0].createPriceList(made.sellerID.string, ", \"channel\": \"web\"").id.string
        _ = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO catalog.price (seller_id, variant_id, price_list_id, quantity_min, price_minor, currency)
            SELECT l.seller_id, \(variant)::uuid, l.id, n, 1, 'EUR'
              FROM catalog.price_list l, generate_series(2, 499) n WHERE l.id = \(list)::uuid
            """)
        }
        let outcomes = try await nodes[0].setPrices(
          [2_000, 2_001].map { TestPrice(variant: variant, amount: 5, list: list, quantity: $0) }
            + [TestPrice(variant: variant, amount: 5, list: list, quantity: 2), TestPrice(variant: variant, amount: 5)])
        #expect(outcomes.map(\.summary) == ["5", "TOO_MANY_PRICES variant_id", "5", "5"])
        let tomorrow = Instant.now + Self.day
        let scheduled = try await nodes[0].schedulePrices([TestPrice(variant: variant, amount: 5)], until: tomorrow)
        #expect(scheduled.map(\.summary) == ["TOO_MANY_PRICES variant_id"])
      }
    }
  }
}
