import CatalogAPI
import Platform
import Postgres
import Pricing
import PromotionsAPI
import Protobuf
import RPC
import Testing

@testable import Promotions

extension ShopTests {
  /// Coupons as their owners manage them, as shoppers ask for them, and as carts read them.
  @Suite struct CouponTests {
    private struct Missing: Error {}

    @Test("a coupon is created, changed and ended, with an event and an entry in the audit log for each")
    func life() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        let coupon = try await node.newCoupon { $0.code = $0.text("spring-2026 a") }
        #expect(coupon.code == "SPRING2026A" && coupon.state == .active && coupon.priority == 100)
        let id = try #require(ID(coupon.id.string))
        #expect(try await node.validate(" Spring 2026-A").problems.isEmpty)
        let taken = await failure { _ = try await node.newCoupon { $0.code = $0.text("SPRING2026A") } }
        #expect(taken?.code == .alreadyExists)
        let changed = try await node.coupons.updateCoupon(
          request(UpdateCouponRequest.self) {
            let new = Coupon(in: $0.storage.arena)
            (new.id, new.etag, new.name, new.priority) = (coupon.id, coupon.etag, $0.text("Summer"), 7)
            $0.coupon = new
            $0.requestID = $0.text(TestID.next())
          }
        ).coupon
        #expect(changed?.name == "Summer" && changed?.priority == 7 && changed?.code == "SPRING2026A")
        guard case .percentage(let part) = changed?.effect?.kind else { throw Missing() }
        #expect(part.basisPoints == 1_000)
        for _ in 0..<2 {
          let ended = try await node.coupons.deactivateCoupon(
            request(DeactivateCouponRequest.self) {
              ($0.couponID, $0.requestID) = (coupon.id, $0.text(TestID.next()))
            })
          #expect(ended.coupon?.state == .inactive && ended.coupon?.etag == "v3")
        }
        #expect(try await node.validate("SPRING2026A").problems.map(\.reason) == [.notActive])
        let refused = await failure {
          _ = try await node.coupons.updateCoupon(
            request(UpdateCouponRequest.self) {
              let new = Coupon(in: $0.storage.arena)
              (new.id, new.name) = (coupon.id, $0.text("Autumn"))
              $0.coupon = new
              $0.requestID = $0.text(TestID.next())
            })
        }
        #expect(refused?.code == .failedPrecondition)
        let steps = [("create", "created"), ("update", "updated"), ("deactivate", "deactivated")]
        for (action, event) in steps {
          #expect(try await shop.entries("promotions.coupon.\(action)", of: id) == 1, "\(action)")
          #expect(try await shop.events(event, of: id) == 1, "\(event)")
        }
      }
    }

    @Test("a coupon is valid by the clocks of its zone, and says when it is not")
    func validity() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let cases: [(start: String, end: String, [CouponProblemReason])] = [
          ("2001-01-01T00:00", "9000-01-01T00:00", []), ("9000-01-01T00:00", "", [.notStarted]),
          ("", "2001-01-01T00:00", [.ended]),
        ]
        for (index, (start, end, problems)) in cases.enumerated() {
          let coupon = try await nodes[0].newCoupon {
            $0.code = $0.text("ZONE\(index)")
            let validity = CouponValidity(in: $0.storage.arena)
            (validity.startLocal, validity.endLocal) = ($0.text(start), $0.text(end))
            validity.timeZone = $0.text("Europe/Berlin")
            $0.validity = validity
          }
          #expect(coupon.validity?.timeZone == "Europe/Berlin" && coupon.validity?.startLocal.string == start)
          let found = try await nodes[0].validate("ZONE\(index)")
          #expect(found.problems.map(\.reason) == problems, "\(start) \(end)")
          #expect(found.problems.allSatisfy { !$0.description.isEmpty })
          #expect(found.offer?.couponID == coupon.id && found.offer?.name == "Spring")
        }
        let unknown = await failure { _ = try await nodes[0].validate("ZONE9") }
        #expect(unknown?.code == .notFound)
      }
    }

    @Test(
      "a local time is the moment at which the zone's clocks show it, also where they change",
      arguments: [
        ("2026-12-24T18:00", "UTC", 1_798_135_200, 1_798_135_200),
        ("2026-12-24T18:00", "Europe/Berlin", 1_798_131_600, 1_798_131_600),
        ("2026-07-01T00:00", "Europe/Berlin", 1_782_856_800, 1_782_856_800),
        // 02:30 is skipped, and is 03:30; another one comes twice.
        ("2026-03-29T02:30", "Europe/Berlin", 1_774_747_800, 1_774_747_800),
        ("2026-10-25T02:30", "Europe/Berlin", 1_792_888_200, 1_792_891_800),
        ("2024-02-29T00:00", "UTC", 1_709_164_800, 1_709_164_800),
      ] as [(String, String, Int64, Int64)])
    func localTimes(_ text: String, _ zone: String, _ first: Int64, _ last: Int64) throws {
      let named = try #require(CronZone(zone))
      let moments = try #require(LocalTime(text)?.moments(in: named))
      #expect(moments.first.seconds == first && moments.last.seconds == last)
    }

    @Test(
      "what is no local time is none",
      arguments: [
        "", "2026-12-24", "2026-02-29T00:00", "2026-13-01T00:00", "2026-00-01T00:00", "2026-12-32T00:00",
        "2026-12-24T24:00", "2026-12-24T18:60", "2026-12-24 18:00", "0000-01-01T00:00", "2026-12-24T18:00Z",
        "２026-12-24T18:0",
      ])
    func noLocalTimes(_ text: String) { #expect(LocalTime(text) == nil) }

    @Test("the coupon of a seller has the goods of that seller alone, and the seller bears it")
    func couponsOfSellers() async throws {
      let shop = try await TestShop.make(products: 10)
      try await shop.serve { nodes in
        let seller = try #require(ID(try await nodes[0].productOfSeveral().sellerID.string))
        let coupon = try await nodes[0].newCoupon {
          $0.sellerID = $0.text(seller.description)
          $0.code = $0.text("OFSELLER")
        }
        let refused = await failure {
          _ = try await nodes[0].newCoupon {
            $0.sellerID = $0.text(seller.description)
            let scope = CouponScope(in: $0.storage.arena)
            scope.sellerIDs.append($0.text(ID.made(at: .now).description))
            $0.scope = scope
          }
        }
        #expect(refused?.fields == ["coupon.scope.seller_ids"])
        let found = try await Self.candidates(["OFSELLER"], sellers: [seller], shop)
        let promotion = try #require(found.promotions.first { $0.id.description == coupon.id.string })
        #expect(promotion.bearer == .seller && promotion.scope.sellers.contains(seller))
        #expect(!promotion.scope.sellers.isEmpty && !promotion.scope.sellers.contains(.made(at: .now)))
        // The demo shop's automatic one is the platform's.
        let automatic = try #require(found.candidates.first { $0.code == nil })
        #expect(automatic.promotion.bearer == .platform && automatic.wanted.code == nil)
      }
    }

    private static func candidates(
      _ codes: [String], sellers: [ID] = [], by buyer: ID? = nil, for order: ID? = nil,
      currency: Currency = .euro, _ shop: TestShop
    ) async throws -> CouponCandidates {
      try await shop.run { database in
        try await CouponCandidates.read(
          codes: codes, sellers: sellers, currency: currency, buyer: buyer.map { .user($0) }, order: order, at: .now,
          database)
      }
    }

    @Test("a cart gets the promotions of its codes, with the uses that are left, and why the other codes give none")
    func candidatesOfCarts() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        let coupon = try await node.newCoupon {
          $0.code = $0.text("TENOFF")
          let limits = CouponLimits(in: $0.storage.arena)
          (limits.usesMax, limits.usesPerBuyerMax) = (5, 1)
          $0.limits = limits
        }
        let dollars = try await node.newCoupon {
          $0.code = $0.text("DOLLARS")
          let money = Money(minorUnits: 500, in: Currency("USD") ?? .euro).message(in: $0.storage.arena)
          $0.effect?.kind = .amount(money)
        }
        let id = try #require(ID(coupon.id.string))
        let (buyer, order) = (ID.made(at: .now), ID.made(at: .now))
        try await node.reserve(id, code: try await node.code(of: id), for: order, by: buyer)
        let cases: [(buyer: ID?, order: ID?, left: Int64, ofBuyer: Int64)] = [
          (nil, nil, 4, 1), (.made(at: .now), nil, 4, 1), (buyer, nil, 4, 0), (buyer, order, 5, 1),
        ]
        for (by, own, left, ofBuyer) in cases {
          let found = try await Self.candidates(["ten-off", "Nothing", "dollars", "TEN OFF"], by: by, for: own, shop)
          let promotion = try #require(found.promotions.first)
          #expect(found.promotions.count == 1 && promotion.id == id && found.candidates[0].code == "TENOFF")
          #expect(promotion.conditions.usesLeft == left && promotion.conditions.usesLeftOfBuyer == ofBuyer)
          #expect(found.candidates[0].isContended && found.contentionKeys == [.coupon(id)])
          #expect(found.refused.map(\.entered) == ["Nothing", "dollars", "TEN OFF"])
          #expect(found.refused.map(\.reason) == [.unknown, .otherCurrency, .repeated])
        }
        let usd = try #require(Currency("USD"))
        let inDollars = try await Self.candidates(["DOLLARS"], currency: usd, shop)
        #expect(inDollars.promotions.map(\.id.description) == [dollars.id.string])
      }
    }

    @Test("codes are made some at a time until there are enough; how many there are can be read")
    func codesInBulk() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        let coupon: ID = try await node.newCoupon()
        let batch = try await node.generateCodes(1_500, of: coupon)
        for made in [0, 1_000, 1_500, 1_500] as [Int32] {
          let found = try await node.coupons.getCouponCodeBatch(
            request(GetCouponCodeBatchRequest.self) { $0.batchID = $0.text(batch.description) }
          ).batch
          #expect(found?.madeCount == made && (found?.completeTime != nil) == (made == 1_500))
          try await node.makeCodes(batch)
        }
        #expect(
          try await shop.number {
            """
            SELECT count(DISTINCT code) AS n FROM promotions.coupon_code
             WHERE batch_id = \(batch) AND code ~ '^VIP[A-Z2-7]{14}$' AND uses_max = 1
            """
          } == 1_500)
        #expect(try await node.statistics(of: coupon).codeCount == 1_501)
        #expect(try await shop.events("codes_generated", of: coupon) == 1)
        let many = await failure {
          for _ in 0..<10 { _ = try await node.generateCodes(100_000, of: coupon) }
        }
        #expect(many?.code == .resourceExhausted)
        let automatic = try await node.newCoupon { $0.isAutomatic = true }
        let refused = await failure {
          _ = try await node.generateCodes(1, of: try #require(ID(automatic.id.string)))
        }
        #expect(refused?.code == .failedPrecondition)
      }
    }
  }
}
