import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

@Suite struct DemandHistoryTests {
  /// Quantiles of the standard normal distribution, as tables have them.
  private static let quantiles: [(percent: Int32, z: Double)] = [
    (50, 0), (75, 0.67449), (90, 1.28155), (95, 1.64485), (99, 2.32635), (0, 0), (100, 2.32635),
  ]

  @Test("the quantile is that of the tables")
  func quantiles() {
    for (percent, z) in Self.quantiles { #expect(abs(NormalQuantile.of(percent: percent) - z) < 0.00045) }
  }

  @Test("mean and deviation count the days without sales")
  func moments() {
    let history = DemandHistory(days: 4, sold: [2, 6])
    #expect(history.units == 8 && history.mean == 2)
    // The squares are 0, 16, 4 and 4.
    #expect(abs(history.deviation - 8.0.squareRoot()) < 1e-12)
    #expect(history.cover(of: 10) == 5)
    #expect(DemandHistory(days: 30, sold: []).cover(of: 10) == nil)
  }

  private static let confidences: [(name: String, DemandHistory, DemandHistory.Confidence)] = [
    ("nothing known", DemandHistory(days: 0, sold: []), .unknown),
    ("a day too few", DemandHistory(days: 13, sold: Array(repeating: 5, count: 13)), .unknown),
    ("few days, all the same", DemandHistory(days: 14, sold: Array(repeating: 5, count: 14)), .medium),
    ("a day before confidence", DemandHistory(days: 27, sold: Array(repeating: 5, count: 27)), .medium),
    ("many days, all the same", DemandHistory(days: 28, sold: Array(repeating: 5, count: 28)), .high),
    ("nothing sold", DemandHistory(days: 90, sold: []), .low),
    ("sold once", DemandHistory(days: 90, sold: [40]), .low),
    ("every ninth day", DemandHistory(days: 90, sold: Array(repeating: 1, count: 10)), .medium),
  ]

  @Test("how sure it is depends on the days and on how much they differ")
  func confidence() {
    for (name, history, expected) in Self.confidences { #expect(history.confidence == expected, "\(name)") }
  }

  @Test("the reorder point is the mean of the lead time and the safety stock, and never overflows")
  func reorderPoint() {
    let steady = DemandHistory(days: 28, sold: Array(repeating: 5, count: 28))
    #expect(steady.reorderPoint(leadTimeDays: 14, serviceLevelPercent: 99) == 70)
    let varied = DemandHistory(days: 28, sold: Array(repeating: 10, count: 14))
    // The deviation is 5.0918; 5 × 16 + 1.64485 × 5.0918 × 4 = 113.5.
    #expect(varied.reorderPoint(leadTimeDays: 16, serviceLevelPercent: 95) == 114)
    #expect(varied.reorderPoint(leadTimeDays: 16, serviceLevelPercent: 50) == 80)
    #expect(DemandHistory(days: 28, sold: []).reorderPoint(leadTimeDays: 14, serviceLevelPercent: 95) == 0)
    let huge = DemandHistory(days: 28, sold: Array(repeating: 1e300, count: 28))
    #expect(huge.reorderPoint(leadTimeDays: 365, serviceLevelPercent: 99) == .max)
  }
}

extension ShopTests {
  @Suite struct StockForecastTests {
    /// Writes sales into the ledger of a variant: so many on each of the last days, the first one yesterday.
    private static func sell(_ units: [Int64], of variant: String, _ reason: String, _ shop: TestShop) async throws {
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO inventory.movement (id, variant_id, seller_id, delta, reason, note, on_hand, version, at)
          SELECT platform.uuid_v7(), s.variant_id, s.seller_id, -u.units, \(reason), '', 0,
                 (SELECT coalesce(max(m.version), 0) FROM inventory.movement m WHERE m.variant_id = s.variant_id)
                   + 1000 - u.day,
                 date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
                   - make_interval(days => u.day::int) + interval '9 hours'
            FROM inventory.stock s, unnest(\(units)::bigint[]) WITH ORDINALITY u (units, day)
           WHERE s.variant_id = \(variant)::uuid AND u.units > 0
          """)
      }
    }

    private static func ask(
      _ node: TestNode, _ variant: String, _ fill: (GetStockForecastRequest) -> Void = { _ in }
    ) async throws -> StockForecast {
      let response = try await node.inventory.getStockForecast(
        request(GetStockForecastRequest.self) {
          $0.variantID = $0.text(variant)
          fill($0)
        })
      return try #require(response.forecast)
    }

    @Test("a forecast counts the sales of whole days, here and elsewhere, and nothing else")
    func forecast() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(42, of: variant)
        _ = try await shop.run {
          try await $0.execute("DELETE FROM inventory.movement WHERE variant_id = \(variant)::uuid")
        }
        #expect(try await Self.ask(nodes[0], variant).confidence == .unknown)
        // 40 days of 2, and of 1 elsewhere; damage is no sale.
        try await Self.sell(Array(repeating: 2, count: 40), of: variant, "sold", shop)
        try await Self.sell(Array(repeating: 1, count: 40), of: variant, "sold_elsewhere", shop)
        try await Self.sell(Array(repeating: 50, count: 40), of: variant, "damaged", shop)
        let forecast = try await Self.ask(nodes[0], variant) { $0.leadTimeDays = 14 }
        // The ledger begins on the fortieth day at nine: that day is not whole.
        #expect(forecast.historyDays == 39 && forecast.unitsSold == 117)
        #expect(forecast.meanPerDay == 3 && forecast.deviationPerDay == 0 && forecast.confidence == .high)
        #expect(forecast.available == 42 && forecast.daysOfCover == 14)
        #expect(forecast.reorderPoint == 42 && forecast.isReorderDue)
        let short = try await Self.ask(nodes[0], variant) { $0.days = 20 }
        #expect(short.historyDays == 20 && short.unitsSold == 60 && short.confidence == .medium)
      }
    }

    @Test("a ledger that is too short is said to be so")
    func unknown() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await shop.run {
          try await $0.execute("DELETE FROM inventory.movement WHERE variant_id = \(variant)::uuid")
        }
        try await Self.sell(Array(repeating: 2, count: 14), of: variant, "sold", shop)
        let forecast = try await Self.ask(nodes[0], variant)
        #expect(forecast.confidence == .unknown && forecast.historyDays == 13)
        #expect(forecast.unitsSold == 0 && forecast.daysOfCover == nil && forecast.reorderPoint == 0)
      }
    }
  }
}
