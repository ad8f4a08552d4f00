import EventLoop
import Platform
import Postgres
import PromotionsAPI
import Protobuf
import Testing

@testable import Promotions

extension TestNode {
  var coupons: CouponClient { CouponClient(channel) }

  /// A new coupon of the platform: ten percent off.
  func newCoupon(_ fill: @escaping (Coupon) -> Void = { _ in }) async throws -> Coupon {
    let response = try await coupons.createCoupon(
      request(CreateCouponRequest.self) {
        let coupon = Coupon(in: $0.storage.arena)
        coupon.name = $0.text("Spring")
        let effect = CouponEffect(in: $0.storage.arena)
        let part = PartOff(in: $0.storage.arena)
        part.basisPoints = 1_000
        effect.kind = .percentage(part)
        coupon.effect = effect
        fill(coupon)
        $0.coupon = coupon
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.coupon)
  }

  /// A new coupon with limits: its id.
  func newCoupon(usesMax: Int64 = 0, usesPerBuyerMax: Int64 = 0) async throws -> ID {
    let coupon = try await newCoupon {
      let limits = CouponLimits(in: $0.storage.arena)
      limits.usesMax = usesMax
      limits.usesPerBuyerMax = usesPerBuyerMax
      $0.limits = limits
      $0.code = $0.text("T" + TestID.next().replacing("-", with: ""))
    }
    return try #require(ID(coupon.id.string))
  }

  /// The code of a coupon that is no other's.
  func code(of coupon: ID) async throws -> ID {
    let response = try await coupons.listCouponCodes(
      request(ListCouponCodesRequest.self) { $0.couponID = $0.text(coupon.description) })
    return try #require(response.codes.first.flatMap { ID($0.id.string) })
  }

  /// Runs `body` in a unit of work that contends for a coupon.
  func work<R: Sendable>(
    on coupon: ID, loop index: Int = 0, _ body: @escaping @Sendable (Work) async throws -> R
  ) async throws -> R {
    let loop = group.loops[index % group.loops.count]
    return try await Task(executorPreference: loop) {
      try await #require(loop.database).work(as: .test, contending: [.coupon(coupon)], body)
    }.value
  }

  /// Takes a use of a coupon for an order.
  func reserve(
    _ coupon: ID, code: ID, for order: ID, by buyer: ID = .made(at: .now), until: Instant? = nil, loop: Int = 0
  ) async throws {
    try await work(on: coupon, loop: loop) { work in
      try await PromotionsModule.reserve(
        [WantedCoupon(coupon, code: code)], for: order, by: .user(buyer), until: until ?? work.now + .seconds(600),
        in: work)
    }
  }

  /// An order is paid.
  func commit(_ order: ID, _ coupon: ID, discount: Int64 = 150) async throws {
    try await work(on: coupon) { work in
      try await PromotionsModule.commit(
        order, discounts: [coupon: Money(minorUnits: discount, in: .euro)],
        total: Money(minorUnits: 1_350, in: .euro), in: work)
    }
  }

  /// An order has failed: whether it held anything.
  func release(_ order: ID, _ coupon: ID) async throws -> Bool {
    try await work(on: coupon) { work in try await PromotionsModule.release([order], in: work) }
  }

  /// Releases what is due.
  func expireCoupons() async throws {
    let loop = group.loops[0]
    _ = try await Task(executorPreference: loop) { try await CouponUpkeep.expire(#require(loop.database)) }.value
  }

  func statistics(of coupon: ID) async throws -> CouponStatistics {
    let response = try await coupons.getCouponStatistics(
      request(GetCouponStatisticsRequest.self) { $0.couponID = $0.text(coupon.description) })
    return try #require(response.statistics)
  }

  /// What a code gives.
  func validate(_ code: String) async throws -> ValidateCouponResponse {
    try await coupons.validateCoupon(request(ValidateCouponRequest.self) { $0.code = $0.text(code) })
  }
}

extension TestShop {
  /// The uses that the rows of a coupon count, minus those that there are: 0 for each when they agree.
  func miscountedUses(of coupon: ID) async throws -> Int64 {
    try await number {
      """
      SELECT abs(n.taken - u.uses) + abs(u.uses - coalesce((SELECT sum(b.taken) FROM promotions.coupon_buyer b
                                                             WHERE b.coupon_id = c.id), 0))::bigint AS n
        FROM promotions.coupon c
        JOIN promotions.coupon_counter n ON n.coupon_id = c.id
       CROSS JOIN LATERAL (SELECT count(*) AS uses FROM promotions.coupon_use u
                            WHERE u.coupon_id = c.id AND u.state IN ('held', 'used')) u
       WHERE c.id = \(coupon) AND c.uses_max IS NOT NULL
      """
    }
  }

  func events(_ type: String, of coupon: ID) async throws -> Int64 {
    try await number {
      """
      SELECT count(*) AS n FROM platform.event
       WHERE key = \(coupon) AND type = \(type) AND topic IN ('promotions.coupon', 'promotions.coupon_use')
      """
    }
  }

  func entries(_ action: String, of coupon: ID) async throws -> Int64 {
    let id = coupon.description
    return try await number {
      "SELECT count(*) AS n FROM audit.entry WHERE action = \(action) AND resource_id = \(id)"
    }
  }
}
