import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import DemoShop
@testable import Inventory

extension ShopTests {
  @Suite struct ReservationTests {
    /// What may happen to a reservation.
    private enum Ending: CaseIterable {
      case commit, release, expire
    }

    @Test("a hundred buyers of ten units at two servers make ten reservations, and the others hear what is short")
    func manyBuyers() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(10, of: variant)
        let errors = try await InventoryTests.atOnce(100) { index -> InventoryError? in
          do {
            _ = try await nodes[index % 2].reserve(1, of: variant)
            return nil
          } catch let error as InventoryError {
            return error
          }
        }
        let short = InventoryError.tooFew([
          StockShortage(variant: try #require(ID(variant)), wanted: 1, available: 0)
        ])
        #expect(errors.filter { $0 == nil }.count == 10)
        #expect(errors.filter { $0 == short }.count == 90)
        let stock = try await nodes[0].stock(of: variant)
        #expect(stock.onHand == 10 && stock.reserved == 10 && stock.available == 0)
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("lines of one variant are added up before they are compared, and all that are short are named")
    func shortages() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variants = try await nodes[0].productOfSeveral().variants.compactMap { ID($0.id.string) }.sorted()
        for variant in variants { _ = try await nodes[0].count(5, of: variant.description) }
        let lines = [
          WantedStock(variants[0], 3), WantedStock(variants[1], 6), WantedStock(variants[0], 3),
        ]
        let expected = InventoryError.tooFew([
          StockShortage(variant: variants[0], wanted: 6, available: 5),
          StockShortage(variant: variants[1], wanted: 6, available: 5),
        ])
        await #expect(throws: expected) {
          try await nodes[0].work { work in
            try await InventoryModule.reserve(
              lines, as: .made(at: work.now), until: work.now + .seconds(60), in: work)
          }
        }
        #expect(expected.rpcError.code == .failedPrecondition)
        #expect(StockLedgerTests.subjects(expected.rpcError) == variants.prefix(2).map(\.description))
        #expect(try await nodes[0].stock(of: variants[0].description).reserved == 0)
        let most = InventoryError.tooFew([StockShortage(variant: variants[0], wanted: .max, available: 5)])
        await #expect(throws: most) {
          try await nodes[0].work { work in
            try await InventoryModule.reserve(
              [WantedStock(variants[0], .max), WantedStock(variants[0], .max)], as: .made(at: work.now),
              until: work.now, in: work)
          }
        }
      }
    }

    @Test("a line of nothing reserves nothing")
    func linesOfNothing() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(5, of: variant)
        let id = try #require(ID(variant))
        for (quantities, reserved) in [([0, -3], 0), ([0, -3, 2], 2)] as [([Int64], Int64)] {
          try await nodes[0].work { work in
            try await InventoryModule.reserve(
              quantities.map { WantedStock(id, $0) }, as: .made(at: work.now), until: work.now + .seconds(60), in: work)
          }
          #expect(try await nodes[0].stock(of: variant).reserved == reserved)
        }
      }
    }

    @Test("whatever ends a reservation, in whichever order and however often, it ends once and by its own quantity")
    func everyOrder() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        for order in Self.orders {
          _ = try await nodes[0].count(10, of: variant)
          _ = try await nodes[0].reserve(2, of: variant)  // of somebody else
          let reservation = try await nodes[0].reserve(3, of: variant, until: .now - .seconds(1))
          var sold: [Bool] = []
          for ending in order + order { sold.append(await Self.end(reservation, by: ending, nodes[0])) }
          let stock = try await nodes[0].stock(of: variant)
          let isSold = order[0] == .commit
          #expect(stock.onHand == (isSold ? 7 : 10) && stock.reserved == 2, "\(order): \(stock)")
          #expect(sold.allSatisfy { !$0 } != isSold, "\(order)")
          #expect(try await shop.wrongStocks() == 0, "\(order)")
          try await Self.releaseAll(variant, shop)
        }
      }
    }

    @Test("of everything that ends a reservation at once at two servers, one does")
    func racing() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(1_000, of: variant)
        var sold: Int64 = 0
        for _ in 0..<12 {
          let reservation = try await nodes[0].reserve(3, of: variant, until: .now - .seconds(1))
          let ends = try await InventoryTests.atOnce(6) { index in
            await Self.end(reservation, by: Ending.allCases[index % 3], nodes[index % 2])
          }
          if ends.contains(true) { sold += 3 }
          let stock = try await nodes[0].stock(of: variant)
          #expect(stock.onHand == 1_000 - sold && stock.reserved == 0)
        }
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("reservations end at their time and not before, and their events tell what can be sold again")
    func expiry() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(10, of: variant)
        _ = try await nodes[0].reserve(4, of: variant, until: .now - .seconds(1))
        let open = try await nodes[0].reserve(5, of: variant)
        try await nodes[0].expireReservations()
        #expect(try await nodes[0].stock(of: variant).available == 5)
        let listed = try await nodes[0].inventory.listReservations(
          request(ListReservationsRequest.self) { $0.variantID = $0.text(variant) })
        #expect(listed.reservations.map(\.reservationID.string) == [open.description])
        #expect(listed.reservations.first?.quantity == 5 && listed.reservations.first?.allocation == .whole)
        let told = try await shop.number {
          """
          SELECT count(*) AS n FROM platform.event
           WHERE key = \(variant)::uuid AND payload -> 'change' ->> 'reason' = 'STOCK_REASON_RELEASED'
             AND payload -> 'change' ->> 'reservedDelta' = '-4'
             AND payload -> 'change' -> 'stock' ->> 'available' = '5'
          """
        }
        #expect(told == 1)
      }
    }

    @Test("a safety stock is held back, and backorders are promised up to their limit")
    func limits() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(10, of: variant)
        try await Self.setRules(nodes[0], variant, safety: 4)
        #expect(try await nodes[0].stock(of: variant).available == 6)
        await #expect(throws: InventoryError.self) { _ = try await nodes[0].reserve(7, of: variant) }
        try await Self.setRules(nodes[0], variant, backorders: 5)
        let stock = try await nodes[0].stock(of: variant)
        #expect(stock.available == 10 && stock.backorderable == 5 && stock.backorderTime != nil)
        let reservation = try await nodes[0].reserve(13, of: variant)
        #expect(try await nodes[0].stock(of: variant).backorderable == 2)
        await #expect(throws: InventoryError.self) { _ = try await nodes[0].reserve(3, of: variant) }
        let refused = await failure { try await Self.setRules(nodes[0], variant, backorders: 2) }
        #expect(refused?.reason == "BACKORDERS_PROMISED")
        #expect(await Self.end(reservation, by: .commit, nodes[0]))
        #expect(try await nodes[0].stock(of: variant).onHand == -3)
        let none = try await nodes[0].count(0, of: variant)
        #expect(none.stock?.onHand == -3 && none.movementID.isEmpty, "a count does not deliver what is owed")
        #expect(try await nodes[0].count(2, of: variant).stock?.onHand == -1)
        #expect(await failure { _ = try await nodes[0].adjust(variant, -1) }?.reason == "STOCK_TOO_LOW")
        #expect(try await nodes[0].stock(of: variant).backorderable == 4)
        #expect(try await nodes[0].adjust(variant, 2, reason: .received).stock?.available == 1)
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("backorders leave the safety stock, before and after the sale, and a delivery goes to them first")
    func safetyStockWithBackorders() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(5, of: variant)
        try await Self.setRules(nodes[0], variant, safety: 2, backorders: 3)
        let reservation = try await nodes[0].reserve(5, of: variant)
        let listed = try await nodes[0].inventory.listReservations(
          request(ListReservationsRequest.self) { $0.variantID = $0.text(variant) })
        #expect(listed.reservations.map(\.backordered) == [2] && listed.reservations.first?.allocation == .part)
        let held = try await nodes[0].stock(of: variant)
        #expect(held.available == 0 && held.backorderable == 1)
        await #expect(throws: InventoryError.self) { _ = try await nodes[0].reserve(2, of: variant) }
        #expect(await Self.end(reservation, by: .commit, nodes[0]))
        let sold = try await nodes[0].stock(of: variant)
        #expect(sold.available == 0 && sold.backorderable == 1)
        #expect(try await nodes[0].adjust(variant, 2, reason: .received).stock?.available == 0)
        #expect(try await nodes[0].adjust(variant, 1, reason: .received).stock?.available == 1)
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("what a reservation holds whose time is over can be reserved at once, and ends once")
    func reserveExpired() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(10, of: variant)
        let over = try await nodes[0].reserve(10, of: variant, until: .now - .seconds(1))
        // All of them find the same reservation, and none of them is refused because another one ends it.
        let made = try await InventoryTests.atOnce(10) { index in
          (try? await nodes[index % 2].reserve(1, of: variant)) != nil
        }
        #expect(made.filter { $0 }.count == 10)
        #expect(try await nodes[0].stock(of: variant).reserved == 10)
        await #expect(throws: IllegalMove.self) {
          try await nodes[0].work { try await InventoryModule.commit([over], in: $0) }
        }
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("a job waits for the end of a reservation, one for all that end in the same second")
    func expiryJobs() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let variant = try await nodes[0].productOfSeveral().variants[0].id.string
        _ = try await nodes[0].count(10, of: variant)
        let end = try #require(Instant(seconds: Instant.now.seconds + 600))
        for microseconds in [0, -1, -999_999] {
          _ = try await nodes[0].reserve(1, of: variant, until: end + .microseconds(microseconds))
        }
        _ = try await nodes[0].reserve(1, of: variant, until: end + .microseconds(1))
        let due = try await shop.run { database in
          try await database.rows(
            "SELECT due_at FROM jobs.job WHERE kind = \(ReservationExpiry.name) ORDER BY due_at"
          ).map { row throws(PostgresError) in try row.instant("due_at") }
        }
        #expect(due == [end, end + .seconds(1)])
      }
    }

    @Test("whatever happens at once, stock stays the sum of its ledger, its reservations and its warehouses")
    func anything() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let product = try await nodes[0].productOfSeveral()
        let (seller, variants) = (product.sellerID.string, product.variants.map(\.id.string))
        let other = try await nodes[0].newWarehouse(of: seller, "Outlet")
        for variant in variants { _ = try await nodes[0].count(30, of: variant) }
        for seed in 0..<UInt64(4) {
          _ = try await InventoryTests.atOnce(12) { index in
            var random = SplitMix64(seed: seed * 100 + UInt64(index))
            var held: [ID] = []
            for _ in 0..<6 {
              let (node, variant) = (nodes[random.below(2)], random.pick(variants))
              let quantity = Int64(1 + random.below(4))
              // Refusals are part of it.
              switch random.below(7) {
              case 0: _ = try? await node.count(quantity * 10, of: variant, in: other)
              case 1: _ = try? await node.transfer(quantity, of: variants, from: seller, to: other)
              case 2: _ = try? await node.transfer(quantity, of: variants.reversed(), from: other, to: seller)
              case 3: _ = try? await node.adjust(variant, random.below(2) == 0 ? quantity : -quantity)
              case 4:
                let until = Instant.now - .seconds(1)
                if let made = try? await node.reserve(quantity, of: variant, until: until) { held.append(made) }
              case 5: if let last = held.popLast() { _ = await Self.end(last, by: random.pick(Ending.allCases), node) }
              default: if let made = try? await node.reserve(quantity, of: variant) { held.append(made) }
              }
            }
          }
          #expect(try await shop.wrongStocks() == 0, "seed \(seed)")
        }
        let moved = try await shop.number {
          """
          SELECT count(DISTINCT reason) AS n FROM inventory.movement WHERE reason IN ('counted', 'transferred')
          """
        }
        let reserved = try await shop.number { "SELECT count(DISTINCT state) AS n FROM inventory.reservation" }
        #expect(moved == 2 && reserved >= 2, "some of it is not refused")
      }
    }

    private static var orders: [[Ending]] {
      Ending.allCases.flatMap { first in
        Ending.allCases.filter { $0 != first }.flatMap { second in
          [[first, second] + Ending.allCases.filter { $0 != first && $0 != second }]
        }
      }
    }

    /// - Returns: whether it was sold.
    private static func end(_ reservation: ID, by ending: Ending, _ node: TestNode) async -> Bool {
      do {
        switch ending {
        case .commit:
          try await node.work { try await InventoryModule.commit([reservation], in: $0) }
          return true
        case .release: _ = try await node.work { try await InventoryModule.release([reservation], in: $0) }
        case .expire: try await node.expireReservations()
        }
      } catch is IllegalMove {
        // It has ended before.
      } catch {
        Issue.record("\(ending): \(error)")
      }
      return false
    }

    private static func releaseAll(_ variant: String, _ shop: TestShop) async throws {
      _ = try await shop.run { database in
        try await database.execute("DELETE FROM inventory.reservation WHERE variant_id = \(variant)::uuid")
      }
    }

    private static func setRules(
      _ node: TestNode, _ variant: String, safety: Int64 = 0, backorders: Int64 = 0
    ) async throws {
      _ = try await node.inventory.setStockRules(
        request(SetStockRulesRequest.self) {
          $0.variantID = $0.text(variant)
          $0.safetyStock = safety
          $0.backorderLimit = backorders
          if backorders > 0 { $0.backorderTime = (.now + .seconds(86_400)).timestamp(in: $0.storage.arena) }
          $0.updateMask = $0.mask(["*"])
          $0.requestID = $0.text(TestID.next())
        })
    }
  }
}
