import CatalogAPI
import Eventually
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Catalog

extension ShopTests {
  @Suite struct ScheduledPriceTests {
    private static let day = Duration.seconds(86_400)
    private static let moment = Duration.microseconds(1)

    /// What one of a variant costs at a time.
    private static func price(of variant: String, at time: Instant, _ shop: TestShop) async throws -> Int64? {
      try await shop.run { database in
        let asked = request(QuotePricesRequest.self) {
          let line = $0.lines.appendNew()
          (line.variantID, line.quantity) = (line.text(variant), 1)
        }
        let caller = TestCaller.admin.caller(seller: nil)
        let query = try PriceQuotation(asked, for: caller, at: time).query
        return try await database.first(PriceQuote.self, query, in: Arena())?.unitPrice?.amountMinor
      }
    }

    @Test("a scheduled price holds from its first moment to its last, whatever is set meanwhile")
    func onTime() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let variant = made.variants[0].id.string
        let start = Instant.now + Self.day
        let end = start + Self.day
        let scheduled = try await nodes[0].schedulePrices(
          [TestPrice(variant: variant, amount: 70)], from: start, until: end)[0]
        #expect(scheduled.price?.startTime.flatMap { Instant($0) } == start && scheduled.price?.isScheduled == true)
        _ = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 95)])
        let expected: [(Instant, Int64)] = [
          (start - Self.moment, 95), (start, 70), (end - Self.moment, 70), (end, 95),
        ]
        for (time, amount) in expected {
          #expect(try await Self.price(of: variant, at: time, shop) == amount, "\(time.microseconds)")
        }
        #expect(try await nodes[0].draft(made.id.string).price?.amountMinor == 95)
        #expect(try await nodes[0].priceHistory(variant) == [95, 100], "it has not begun")
        let cancelled = try await nodes[0].cancelPrices([try #require(scheduled.price).id.string])[0].price
        #expect(cancelled?.endTime.flatMap { Instant($0) } == start)
        #expect(try await Self.price(of: variant, at: start, shop) == 95)
        #expect(try await shop.wrongPrices() == 0)
      }
    }

    /// What is scheduled beside a price that is scheduled from the 10th to the 20th hour, and whether that is refused.
    private static let spans: [(from: Int64, until: Int64, refused: Bool)] = [
      (1, 10, false), (1, 11, true), (12, 13, true), (10, 20, true), (1, 30, true), (19, 30, true), (20, 30, false),
    ]

    @Test("two scheduled prices of one kind do not overlap, and of two kinds they may", arguments: spans)
    func overlaps(from: Int64, until: Int64, refused: Bool) async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (variant, now) = (made.variants[0].id.string, Instant.now)
        let list = try await nodes[0].createPriceList(made.sellerID.string, ", \"channel\": \"web\"").id.string
        func schedule(_ price: TestPrice, _ from: Int64, _ until: Int64) async throws -> String {
          try await nodes[0].schedulePrices(
            [price], from: now + .seconds(3_600 * from), until: now + .seconds(3_600 * until))[0].summary
        }
        let own = TestPrice(variant: variant, amount: 70)
        #expect(try await schedule(own, 10, 20) == "70")
        #expect(try await schedule(own, from, until) == (refused ? "PRICE_SCHEDULED variant_id" : "70"))
        for quantity: Int32 in [1, 10] {
          let listed = TestPrice(variant: variant, amount: 70, list: list, quantity: quantity)
          #expect(try await schedule(listed, from, until) == "70")
        }
        #expect(try await shop.wrongPrices() == 0)
      }
    }

    /// The time of all schedules comes: what is past could not be scheduled.
    private static func beginSchedules(of shop: TestShop) async throws {
      _ = try await shop.run { database in
        try await database.transaction { transaction in
          try await transaction.execute("ALTER TABLE catalog.price DISABLE TRIGGER price_keeps_its_past")
          try await transaction.execute("UPDATE catalog.price SET starts_at = now() WHERE is_scheduled")
          try await transaction.execute("ALTER TABLE catalog.price ENABLE TRIGGER price_keeps_its_past")
        }
      }
    }

    /// The jobs run now, as if their time had come: each product's documents follow the prices that hold now.
    private static func runJobs(of shop: TestShop) async throws {
      _ = try await shop.run { database in
        try await database.execute("UPDATE jobs.job SET due_at = now() WHERE kind = 'catalog.renew-prices'")
      }
      let server = try await BackgroundServer(shop.url, vault: TestShop.vault, jobs: [RenewPrices()])
      try await eventually {
        try await shop.number {
          "SELECT count(*) AS n FROM jobs.job WHERE kind = 'catalog.renew-prices' AND ended_at IS NULL"
        } == 0
      }
      await server.stop()
    }

    @Test("products show a scheduled price from its beginning to its end, each with another etag, and lists follow")
    func documents() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (id, variant) = (made.id.string, made.variants[0].id.string)
        let published = try await nodes[0].publishProduct(id)
        _ = try await nodes[0].schedulePrices(
          [TestPrice(variant: variant, amount: 70)], from: Instant.now + Self.day,
          until: Instant.now + Self.day + Self.day)
        try await Self.beginSchedules(of: shop)
        #expect(try await nodes[0].quote(variant).summary == "70 EUR", "quotes wait for no job")
        #expect(try await Self.shown(id, nodes[0]).price?.amountMinor == 100)
        try await Self.runJobs(of: shop)
        let reduced = try await Self.shown(id, nodes[0])
        #expect(reduced.price?.amountMinor == 70 && reduced.variants[0].price?.amountMinor == 70)
        #expect(reduced.etag != published.etag)
        #expect(try await nodes[0].draft(id).variants[0].price?.amountMinor == 100, "the seller sees the regular price")
        _ = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 95)])
        #expect(try await Self.shown(id, nodes[0]).price?.amountMinor == 70)
        #expect(try await nodes[0].quote(variant).summary == "70 EUR")
        let priceID = try #require(try await nodes[0].quote(variant).quote?.reason?.priceID).string
        #expect(try await nodes[0].cancelPrices([priceID])[0].price?.endTime != nil)
        #expect(try await Self.shown(id, nodes[0]).price?.amountMinor == 95)
        let etag = try await Self.shown(id, nodes[0]).etag
        try await Self.enqueue(id, shop)
        try await Self.runJobs(of: shop)
        #expect(try await Self.shown(id, nodes[0]).etag == etag, "a job that finds nothing to change changes nothing")
        let events = Array(try await shop.events(of: id).suffix(4))
        #expect(events == ["published", "prices_changed", "prices_changed", "prices_changed"])
        #expect(try await shop.wrongPrices() == 0)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    /// One job more.
    private static func enqueue(_ product: String, _ shop: TestShop) async throws {
      let id = try #require(ID(product))
      _ = try await shop.run { database in
        try await database.work(as: .test, in: Arena()) { work in
          work.enqueue(try RenewPrices.job(products: [id], at: .now))
        }
      }
    }

    private static func shown(_ id: String, _ node: TestNode) async throws -> Product {
      let response = try await node.catalog.getProduct(
        request(GetProductRequest.self) { $0.key = .id($0.text(id)) })
      return try #require(response.product)
    }

    @Test("an upsert with the regular prices leaves the scheduled price that holds, in the product and in the lists")
    func upserts() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (id, variant, sku) = (made.id.string, made.variants[0].id.string, made.variants[0].sku.string)
        _ = try await nodes[0].updateProduct(id, ", \"external_id\": \"7\"")
        _ = try await nodes[0].publishProduct(id)
        _ = try await nodes[0].schedulePrices([TestPrice(variant: variant, amount: 70)], until: Instant.now + Self.day)
        for fields in ["\"title\": \"Bed\"", "\"description\": \"Oak\"", "\"tags\": [\"oak\"]"] {
          for weight in ["", ", \"weight_grams\": \(fields.utf8.count)"] {
            let row = """
              {"external_id": "7", \(fields),
               "variants": [{"sku": "\(sku)", "price": {"amount_minor": 100, "currency": "EUR"}\(weight)}]}
              """
            #expect(try await nodes[0].upsertProducts([row]) == ["updated"], "\(row)")
            #expect(try await Self.shown(id, nodes[0]).price?.amountMinor == 70, "\(row)")
            #expect(try await shop.wrongPrices() == 0, "\(row)")
          }
        }
        #expect(try await nodes[0].draft(id).variants[0].price?.amountMinor == 100)
        let others = try await shop.number {
          """
          SELECT count(*) AS n FROM catalog.shelf h JOIN catalog.product p ON p.id = h.product_id
           WHERE h.price_minor <> p.price_minor
          """
        }
        #expect(others == 0)
      }
    }

    @Test("images and goods that are sold as files leave products and lists with one price, before the job has run")
    func media() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        for change in ["image", "keys"] {
          let made = try await nodes[0].createCompleteProduct()
          let variant = made.variants[0].id.string
          _ = try await nodes[0].publishProduct(made.id.string)
          _ = try await nodes[0].schedulePrices(
            [TestPrice(variant: variant, amount: 70)], from: Instant.now + Self.day,
            until: Instant.now + Self.day + Self.day)
          try await Self.beginSchedules(of: shop)
          switch change {
          case "image": _ = try await nodes[0].upload(try await nodes[0].media.image(), to: made.id.string)
          default: #expect(try await nodes[0].add(licenceKeys: ["A-1"], to: variant) == 1)
          }
          let different = try await shop.number {
            """
            SELECT count(*) AS n
              FROM catalog.shelf h JOIN catalog.product p ON p.id = h.product_id
             WHERE h.price_minor <> p.price_minor
            """
          }
          #expect(different == 0, "\(change)")
          try await Self.runJobs(of: shop)
          #expect(try await Self.shown(made.id.string, nodes[0]).price?.amountMinor == 70, "\(change)")
          #expect(try await shop.wrongPrices() == 0, "\(change)")
        }
      }
    }

    @Test("a price that is scheduled from now on is shown at once, and cancelling it again")
    func fromNowOn() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let variant = made.variants[0].id.string
        _ = try await nodes[0].publishProduct(made.id.string)
        let price = try await nodes[0].schedulePrices(
          [TestPrice(variant: variant, amount: 70)], from: Instant.now - Self.day, until: Instant.now + Self.day)[0]
          .price
        #expect(try await Self.shown(made.id.string, nodes[0]).price?.amountMinor == 70)
        let id = try #require(price).id.string
        #expect(try await nodes[0].cancelPrices([id, id]).map(\.summary) == ["70"])
        #expect(try await nodes[0].cancelPrices([id]).map(\.summary) == ["RESOURCE_NOT_FOUND price_ids"])
        #expect(try await Self.shown(made.id.string, nodes[0]).price?.amountMinor == 100)
        #expect(try await nodes[0].priceHistory(variant) == [70, 100])
        #expect(try await shop.wrongPrices() == 0)
        #expect(try await shop.wrongProducts() == 0)
      }
    }
  }
}
