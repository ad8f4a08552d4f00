import CatalogAPI
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Catalog

/// A price of a variant: in a list of the test, from so many days ago until so many days ago. 0 is the present; below 0
/// is the future.
private struct Held: Sendable {
  let amount: Int64
  let from: Int
  var until: Int?
  /// `web` or `all`; nil for the own price.
  var list: String?
  var scheduled = false

  init(_ amount: Int64, _ from: Int, _ until: Int? = nil, in list: String? = nil, scheduled: Bool = false) {
    (self.amount, self.from, self.until, self.list, self.scheduled) = (amount, from, until, list, scheduled)
  }
}

/// What was held, and what is said of it: the present price, since how many days, and the lowest of 30 days before.
private struct PriorPriceCase: Sendable {
  let what: String
  let held: [Held]
  var channel = ""
  let expected: String
}

extension ShopTests {
  /// The lowest price of the 30 days before a reduction.
  @Suite struct PriorPriceTests {
    private static let cases: [PriorPriceCase] = [
      .init(what: "never changed", held: [Held(1_000, 60)], expected: "1000 since 60, before none"),
      .init(what: "reduced", held: [Held(1_000, 60, 5), Held(800, 5)], expected: "800 since 5, before 1000"),
      .init(
        what: "raised, then reduced", held: [Held(1_000, 60, 20), Held(1_500, 20, 5), Held(1_200, 5)],
        expected: "1200 since 5, before 1000"),
      .init(
        what: "low more than 30 days before", held: [Held(700, 60, 35), Held(1_000, 35, 5), Held(900, 5)],
        expected: "900 since 5, before 1000"),
      .init(
        what: "low until 29 days before", held: [Held(700, 60, 34), Held(1_000, 34, 5), Held(900, 5)],
        expected: "900 since 5, before 700"),
      .init(
        what: "a sale now", held: [Held(1_000, 60), Held(800, 2, -5, scheduled: true)],
        expected: "800 since 2, before 1000"),
      .init(
        what: "a sale now, and one before",
        held: [
          Held(1_000, 60), Held(600, 20, 15, scheduled: true), Held(800, 2, -5, scheduled: true),
        ], expected: "800 since 2, before 600"),
      .init(
        what: "after a sale", held: [Held(1_000, 60), Held(800, 20, 15, scheduled: true)],
        expected: "1000 since 15, before 800"),
      .init(
        what: "a sale to come", held: [Held(1_000, 60), Held(800, -1, -5, scheduled: true)],
        expected: "1000 since 60, before none"),
      .init(
        what: "a sale that was cancelled before its time",
        held: [Held(1_000, 60, 5), Held(900, 5), Held(1, 20, 20, scheduled: true)],
        expected: "900 since 5, before 1000"),
      .init(
        what: "what a channel never pays",
        held: [Held(500, 60), Held(1_000, 60, 5, in: "web"), Held(900, 5, in: "web")], channel: "web",
        expected: "900 since 5, before 1000"),
      .init(
        what: "what others pay", held: [Held(500, 60), Held(1_000, 60, 5, in: "web"), Held(900, 5, in: "web")],
        expected: "500 since 60, before none"),
      .init(
        what: "a list that comes later", held: [Held(1_000, 60), Held(900, 5, in: "all")],
        expected: "900 since 5, before 1000"),
      .init(
        what: "a list that has ended", held: [Held(1_000, 60), Held(600, 40, 10, in: "all")],
        expected: "1000 since 10, before 600"),
      .init(
        what: "the same price again", held: [Held(1_000, 60, 10), Held(800, 10, 5), Held(800, 5)],
        expected: "800 since 10, before 1000"),
      .init(
        what: "as low as ever", held: [Held(800, 60, 40), Held(1_000, 40, 5), Held(800, 5)],
        expected: "800 since 5, before 1000"),
      .init(what: "not yet", held: [Held(1_000, -1)], expected: "none"),
    ]

    @Test("the lowest price of the 30 days before the present one counts what everybody paid")
    func lowest() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.run { database in
        for one in Self.cases {
          let variant = TestID.next()
          for (index, held) in one.held.enumerated() { try await Self.write(held, index, variant, database) }
          let answer = try await database.rows(
            """
            SELECT coalesce(
                     h.price_minor || ' since ' || round(extract(epoch FROM t.at - h.starts_at) / 86400)
                     || ', before ' || coalesce(h.lowest_minor::text, 'none'), 'none') AS text
              FROM (SELECT timestamptz '2026-06-01 12:00Z' AS at) t,
                   catalog.prior_price(\(variant)::uuid, \(one.channel), 'EUR', t.at) h
            """
          ).first?.string("text")
          #expect(answer == one.expected, "\(one.what)")
        }
      }
    }

    /// Writes a price, with a list of its own: a list has one price here.
    private static func write(_ held: Held, _ index: Int, _ variant: String, _ database: Database) async throws {
      let (list, channel) = (held.list.map { _ in TestID.next() }, held.list == "web" ? "web" : "")
      if let list {
        try await database.execute(
          """
          INSERT INTO catalog.price_list (id, seller_id, title, channel, currency, starts_at)
          SELECT \(list)::uuid, s.id, 'List', \(channel), 'EUR', '2020-01-01Z' FROM catalog.seller s LIMIT 1
          """)
      }
      try await database.execute(
        """
        INSERT INTO catalog.price (seller_id, variant_id, price_list_id, price_minor, currency, is_scheduled, starts_at,
                                   ends_at)
        SELECT s.id, \(variant)::uuid, \(list)::uuid, \(held.amount), 'EUR', \(held.scheduled),
               timestamptz '2026-06-01 12:00Z' - \(Int32(held.from))::int * interval '24 hours',
               coalesce(timestamptz '2026-06-01 12:00Z' - \(held.until.map { Int32($0) })::int * interval '24 hours',
                        'infinity')
          FROM catalog.seller s LIMIT 1
        """)
    }

    @Test("a quote has the prior price where the price is reduced, and the history has it for the seller")
    func quotes() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let variant = try await nodes[0].createCompleteProduct().variants[0].id.string
        #expect(try await nodes[0].quote(variant).quote?.priorPrice == nil)
        _ = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 120)])
        #expect(try await nodes[0].quote(variant).quote?.priorPrice == nil)
        _ = try await nodes[0].schedulePrices(
          [TestPrice(variant: variant, amount: 90)], until: Instant.now + .seconds(3_600))
        let quote = try #require(try await nodes[0].quote(variant).quote)
        #expect(quote.unitPrice?.amountMinor == 90 && quote.priorPrice?.amountMinor == 100)
        #expect(quote.reason?.isScheduled == true && quote.reason?.endTime != nil)
        let history = try await nodes[0].prices.listPriceHistory(
          request(ListPriceHistoryRequest.self) { $0.variantID = $0.text(variant) })
        let prior = try #require(history.priorPrice)
        #expect(prior.price?.amountMinor == 90 && prior.lowestPrice?.amountMinor == 100)
        #expect(prior.startTime.flatMap { Instant($0) } == history.prices[0].startTime.flatMap { Instant($0) })
      }
    }

    @Test("of a variant with very many prices, nothing is said that may be wrong")
    func veryMany() async throws {
      let shop = try await TestShop.make(products: 3)
      for (count, isKnown) in [(900, true), (1_500, false)] {
        let variant = TestID.next()
        let lowest = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO catalog.price (seller_id, variant_id, price_minor, currency, starts_at, ends_at)
            SELECT s.id, \(variant)::uuid, 1000 + i, 'EUR', now() - (i + 1) * interval '1 minute',
                   CASE i WHEN 0 THEN 'infinity' ELSE now() - i * interval '1 minute' END
              FROM (SELECT id FROM catalog.seller LIMIT 1) s, generate_series(0, \(count - 1)::int) i
            """)
          return try await database.number(
            """
            SELECT coalesce((SELECT h.lowest_minor FROM catalog.prior_price(\(variant)::uuid, '', 'EUR', now()) h), -1)
                     AS n
            """)
        }
        #expect(lowest == (isKnown ? 1_001 : -1), "\(count)")
      }
    }
  }
}
