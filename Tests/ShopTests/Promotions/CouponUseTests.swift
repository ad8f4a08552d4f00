import EventLoop
import Platform
import Postgres
import PromotionsAPI
import Protobuf
import Testing
import TypeAPI

@testable import Promotions

extension ShopTests {
  /// Uses of coupons under crowds, and what ends them.
  @Suite struct CouponUseTests {
    private struct Failed: Error {}

    @Test("a hundred orders at two servers want a coupon that can be used once: one gets it, again and again")
    func manyOrders() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve(nodes: 2) { nodes in
        let coupon: ID = try await nodes[0].newCoupon(usesMax: 1)
        let code = try await nodes[0].code(of: coupon)
        let orders = (0..<100).map { _ in ID.made(at: .now) }
        let errors = try await Self.attempt(orders, coupon, code, nodes)
        #expect(errors.filter { $0 == nil }.count == 1)
        #expect(errors.filter { $0 == .usedUp(coupon) }.count == 99)
        let winner = try #require(errors.firstIndex { $0 == nil })
        let again = try await Self.attempt(orders, coupon, code, nodes)
        #expect(again.firstIndex { $0 == nil } == winner && again.filter { $0 == nil }.count == 1)
        #expect(try await shop.miscountedUses(of: coupon) == 0)
        #expect(try await shop.events("held", of: coupon) == 1)
        // Who lost has left nothing, and gets what the winner gives back.
        #expect(try await shop.number { "SELECT count(*) AS n FROM promotions.coupon_use" } == 1)
        #expect(try await nodes[1].release(orders[winner], coupon))
        let after = try await Self.attempt(orders.filter { $0 != orders[winner] }, coupon, code, nodes)
        #expect(after.filter { $0 == nil }.count == 1)
        #expect(try await shop.miscountedUses(of: coupon) == 0)
      }
    }

    /// How each of the orders ends, in their order.
    private static func attempt(
      _ orders: [ID], _ coupon: ID, _ code: ID, _ nodes: [TestNode]
    ) async throws -> [PromotionsError?] {
      let outcomes = try await InventoryTests.atOnce(orders.count) { index -> (Int, PromotionsError?) in
        do {
          try await nodes[index % 2].reserve(coupon, code: code, for: orders[index], loop: index / 2)
          return (index, nil)
        } catch let error as PromotionsError {
          return (index, error)
        }
      }
      return outcomes.sorted { $0.0 < $1.0 }.map { $0.1 }
    }

    @Test("the orders of one buyer take no more than the buyer may, and those of others are not concerned")
    func limitsPerBuyer() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve(nodes: 2) { nodes in
        let coupon: ID = try await nodes[0].newCoupon(usesMax: 100, usesPerBuyerMax: 2)
        let code = try await nodes[0].code(of: coupon)
        let buyer = ID.made(at: .now)
        let errors = try await InventoryTests.atOnce(20) { index -> PromotionsError? in
          do {
            try await nodes[index % 2].reserve(coupon, code: code, for: .made(at: .now), by: buyer, loop: index / 2)
            return nil
          } catch let error as PromotionsError {
            return error
          }
        }
        #expect(errors.filter { $0 == nil }.count == 2)
        #expect(errors.filter { $0 == .usedUpByBuyer(coupon) }.count == 18)
        try await nodes[0].reserve(coupon, code: code, for: .made(at: .now))
        #expect(try await shop.miscountedUses(of: coupon) == 0)
      }
    }

    @Test("what ends a use, in whichever order and however often, ends it once")
    func everyEnd() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        let coupon: ID = try await node.newCoupon(usesMax: 1)
        let code = try await node.code(of: coupon)
        let order = ID.made(at: .now)
        try await node.reserve(coupon, code: code, for: order, until: .now - .seconds(1))
        try await node.expireCoupons()
        try await node.expireCoupons()
        #expect(try await node.release(order, coupon) == false)
        #expect(try await shop.miscountedUses(of: coupon) == 0)
        await #expect(throws: PromotionsError.released(coupon)) { try await node.commit(order, coupon) }
        // Money that comes late: the use is taken again, if there is one.
        try await node.reserve(coupon, code: code, for: order)
        try await node.commit(order, coupon)
        try await node.commit(order, coupon)
        #expect(try await node.release(order, coupon) == false)
        try await node.expireCoupons()
        let statistics = try await node.statistics(of: coupon)
        #expect(statistics.usedCount == 1 && statistics.heldCount == 0 && statistics.usesLeft == 0)
        #expect(statistics.codeCount == 1 && statistics.totals.count == 1)
        #expect(statistics.totals[0].discount?.amountMinor == 150 && statistics.totals[0].orderCount == 1)
        #expect(statistics.totals[0].orderTotal?.amountMinor == 1_350)
        #expect(try await shop.miscountedUses(of: coupon) == 0)
        #expect(try await shop.events("held", of: coupon) == 2)
        #expect(try await shop.events("released", of: coupon) == 1)
        #expect(try await shop.events("used", of: coupon) == 1)
        await #expect(throws: PromotionsError.usedUp(coupon)) {
          try await node.reserve(coupon, code: code, for: .made(at: .now))
        }
      }
    }

    @Test("an order that fails after it took a use leaves none behind")
    func failedOrders() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let coupon: ID = try await nodes[0].newCoupon(usesMax: 1)
        let code = try await nodes[0].code(of: coupon)
        await #expect(throws: Failed.self) {
          try await nodes[0].work(on: coupon) { work in
            try await PromotionsModule.reserve(
              [WantedCoupon(coupon, code: code)], for: .made(at: work.now), by: .user(.made(at: work.now)),
              until: work.now + .seconds(60), in: work)
            throw Failed()
          }
        }
        #expect(try await shop.events("held", of: coupon) == 0)
        try await nodes[0].reserve(coupon, code: code, for: .made(at: .now))
        #expect(try await shop.miscountedUses(of: coupon) == 0)
      }
    }

    @Test("a limit that is set later counts the uses before it; one that is taken away stops nobody")
    func laterLimits() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        let coupon: ID = try await node.newCoupon()
        let code = try await node.code(of: coupon)
        let orders = (0..<3).map { _ in ID.made(at: .now) }
        for order in orders { try await node.reserve(coupon, code: code, for: order) }
        try await Self.limit(coupon, to: 3, node)
        await #expect(throws: PromotionsError.usedUp(coupon)) {
          try await node.reserve(coupon, code: code, for: .made(at: .now))
        }
        #expect(try await node.release(orders[0], coupon))
        try await node.reserve(coupon, code: code, for: .made(at: .now))
        #expect(try await shop.miscountedUses(of: coupon) == 0)
        try await Self.limit(coupon, to: 0, node)
        #expect(try await node.release(orders[1], coupon))
        for _ in 0..<3 { try await node.reserve(coupon, code: code, for: .made(at: .now)) }
        try await Self.limit(coupon, to: 5, node)
        #expect(try await node.statistics(of: coupon).usesLeft == 0)
        #expect(try await shop.miscountedUses(of: coupon) == 0)
      }
    }

    private static func limit(_ coupon: ID, to uses: Int64, _ node: TestNode) async throws {
      _ = try await node.coupons.updateCoupon(
        request(UpdateCouponRequest.self) {
          let changed = Coupon(in: $0.storage.arena)
          changed.id = $0.text(coupon.description)
          let limits = CouponLimits(in: $0.storage.arena)
          limits.usesMax = uses
          changed.limits = limits
          $0.coupon = changed
          $0.requestID = $0.text(TestID.next())
        })
    }

    @Test("a code for one order is used by one order, though the coupon has others")
    func codesForOneOrder() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve(nodes: 2) { nodes in
        let coupon: ID = try await nodes[0].newCoupon()
        let batch = try await nodes[0].generateCodes(2, of: coupon)
        try await nodes[0].makeCodes(batch)
        let codes = try await nodes[0].coupons.listCouponCodes(
          request(ListCouponCodesRequest.self) {
            $0.couponID = $0.text(coupon.description)
            $0.batchID = $0.text(batch.description)
          }
        ).codes.compactMap { ID($0.id.string) }
        #expect(codes.count == 2)
        let orders = (0..<20).map { _ in ID.made(at: .now) }
        let errors = try await Self.attempt(orders, coupon, codes[0], nodes)
        #expect(errors.filter { $0 == nil }.count == 1)
        #expect(errors.filter { $0 == .usedUp(coupon) }.count == 19)
        let winner = try #require(errors.firstIndex { $0 == nil })
        #expect(try await nodes[0].release(orders[winner], coupon))
        #expect(try await shop.number { "SELECT sum(taken)::bigint AS n FROM promotions.coupon_code" } == 0)
        try await nodes[0].reserve(coupon, code: codes[0], for: orders[winner])
        try await nodes[0].reserve(coupon, code: codes[1], for: .made(at: .now))
      }
    }

    @Test("an order takes all its coupons or none, and none that is not active, has no such code, or is unknown")
    func refusals() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        let (first, second): (ID, ID) = (try await node.newCoupon(usesMax: 5), try await node.newCoupon(usesMax: 5))
        let codes = [try await node.code(of: first), try await node.code(of: second)]
        _ = try await node.coupons.deactivateCoupon(
          request(DeactivateCouponRequest.self) {
            $0.couponID = $0.text(second.description)
            $0.requestID = $0.text(TestID.next())
          })
        let absent = ID.made(at: .now)
        let cases: [([WantedCoupon], PromotionsError)] = [
          ([WantedCoupon(first, code: codes[0]), WantedCoupon(second, code: codes[1])], .notActive(second)),
          ([WantedCoupon(first, code: codes[1])], .noSuchCoupon(first.description)),
          ([WantedCoupon(first)], .noSuchCoupon(first.description)),
          ([WantedCoupon(absent)], .noSuchCoupon(absent.description)),
        ]
        for (wanted, error) in cases {
          await #expect(throws: error) {
            try await node.work(on: first) { work in
              try await PromotionsModule.reserve(
                wanted, for: .made(at: work.now), by: .user(.made(at: work.now)), until: work.now + .seconds(60),
                in: work)
            }
          }
        }
        #expect(try await shop.number { "SELECT count(*) AS n FROM promotions.coupon_use" } == 0)
        #expect(try await node.statistics(of: first).usesLeft == 5)
      }
    }
  }
}

extension TestNode {
  /// Asks for codes: the batch.
  func generateCodes(_ count: Int32, of coupon: ID) async throws -> ID {
    let response = try await coupons.generateCouponCodes(
      request(GenerateCouponCodesRequest.self) {
        $0.couponID = $0.text(coupon.description)
        $0.count = count
        $0.prefix = $0.text("vip-")
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.batch.flatMap { ID($0.id.string) })
  }

  /// Makes some of the codes of a batch, as the job does.
  func makeCodes(_ batch: ID) async throws {
    let loop = group.loops[0]
    _ = try await Task(executorPreference: loop) {
      try await #require(loop.database).work(as: .test) { work in
        _ = try await MakeCouponCodes.makeSome(of: batch, in: work)
      }
    }.value
  }
}
