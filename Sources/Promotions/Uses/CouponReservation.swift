package import Platform
internal import Postgres
internal import PromotionsAPI
internal import Protobuf

/// A coupon that an order wants to use.
package struct WantedCoupon: Hashable, Sendable {
  /// The coupon.
  package let coupon: ID
  /// The code by which the buyer got it; nil for an automatic one.
  package let code: ID?

  /// A coupon, by one of its codes or without.
  package init(_ coupon: ID, code: ID? = nil) { (self.coupon, self.code) = (coupon, code) }
}

extension PromotionsModule {
  /// Takes a use of each coupon for an order: all of them, or none. What the order holds or used already stays so: the
  /// same call again changes nothing. A use that was released is taken again, if there is one.
  ///
  /// The counters of coupons with a limit are locked last, and are held until the work is committed. So a work calls it
  /// after what takes long, with ``ContentionKey/coupon(_:)`` of each coupon among its keys.
  /// - Parameters:
  ///   - until: when the uses are released if they are neither committed nor released by then.
  /// - Throws: ``PromotionsError``, of which nothing stays: the work must not be committed then.
  package static func reserve(
    _ wanted: [WantedCoupon], for order: ID, by buyer: CouponBuyer, until: Instant, in work: Work
  ) async throws {
    var codes: [ID: ID?] = [:]
    for coupon in wanted { codes[coupon.coupon] = .some(coupon.code) }
    guard !codes.isEmpty else { return }
    let coupons = codes.keys.sorted()
    let uses = CouponUses(work: work)
    let absent = PromotionsError.noSuchCoupon(coupons.map(\.description).joined(separator: " "))
    let fresh = try await expecting([
      "promotions.coupon_use_coupon_fkey": absent, "promotions.coupon_use_code_fkey": absent,
    ]) {
      // From here on no limit of these coupons changes: the rows hold their keys.
      try await uses.hold(coupons, codes: coupons.map { codes[$0] ?? nil }, for: order, by: buyer, until: until)
    }
    guard !fresh.isEmpty else { return }
    try await uses.take(try await uses.rules(of: fresh, for: order), by: buyer)
    for coupon in fresh { try uses.publish("held", coupon, order) }
    work.enqueue(try CouponExpiry.job(at: until))
  }
}

/// The rows that count uses, inside a unit of work.
struct CouponUses {
  static let topic = "promotions.coupon_use"

  /// What limits a use that is to be taken.
  struct Rule {
    let coupon: ID
    let code: ID?
    let isCounted: Bool
    let isCodeCounted: Bool
  }

  let work: Work

  /// Writes the uses of an order.
  /// - Returns: the coupons that it did not hold before.
  func hold(
    _ coupons: [ID], codes: [ID?], for order: ID, by buyer: CouponBuyer, until: Instant
  ) async throws -> [ID] {
    let rows = try await work.rows(
      """
      INSERT INTO promotions.coupon_use AS u (order_id, coupon_id, code_id, buyer_id, is_guest, created_at, expires_at)
      SELECT \(order), n.coupon_id, n.code_id, \(buyer.id), \(buyer.isGuest), \(work.now), \(until)
        FROM unnest(\(coupons)::uuid[], \(codes)::uuid[]) WITH ORDINALITY n (coupon_id, code_id, place)
       ORDER BY n.place
          ON CONFLICT ON CONSTRAINT coupon_use_pkey DO UPDATE
             SET state = 'held', code_id = excluded.code_id, buyer_id = excluded.buyer_id,
                 is_guest = excluded.is_guest, created_at = excluded.created_at, expires_at = excluded.expires_at,
                 ended_at = NULL
           WHERE u.state = 'released'
      RETURNING u.coupon_id
      """, access: .write)
    var fresh: [ID] = []
    for row in rows { fresh.append(try row.id("coupon_id")) }
    guard !fresh.isEmpty else { return [] }
    // A use that was released did not check the coupon again.
    work.sendRowLocks(of: "promotions.coupon", by: "id", fresh, reading: "id", .keyShare)
    return fresh.sorted()
  }

  /// What limits the uses of an order.
  /// - Throws: ``PromotionsError`` for a coupon that cannot be used now, and for a code that is not the coupon's.
  func rules(of coupons: [ID], for order: ID) async throws -> [Rule] {
    let rows = try await work.rows(
      """
      SELECT u.coupon_id, u.code_id, c.uses_max IS NOT NULL AS is_counted, k.uses_max IS NOT NULL AS is_code_counted,
             c.state = 'active' AND (c.starts_at IS NULL OR c.starts_at <= \(work.now))
               AND (c.ends_at IS NULL OR c.ends_at > \(work.now)) AS is_active,
             c.is_automatic OR k.id IS NOT NULL AS is_given
        FROM promotions.coupon_use u
        JOIN promotions.coupon c ON c.id = u.coupon_id
        LEFT JOIN promotions.coupon_code k ON k.id = u.code_id AND k.coupon_id = u.coupon_id
       WHERE u.order_id = \(order) AND u.coupon_id = ANY (\(coupons)::uuid[])
       ORDER BY u.coupon_id
      """, access: .write)
    var rules: [Rule] = []
    for row in rows {
      let coupon = try row.id("coupon_id")
      guard try row.bool("is_given") else { throw PromotionsError.noSuchCoupon(coupon.description) }
      guard try row.bool("is_active") else { throw PromotionsError.notActive(coupon) }
      rules.append(
        Rule(
          coupon: coupon, code: try row.optionalID("code_id"), isCounted: try row.bool("is_counted"),
          isCodeCounted: try row.bool("is_code_counted")))
    }
    return rules
  }

  /// Counts the uses, in one round trip: of the codes, of the buyer, of the coupons.
  /// - Throws: ``PromotionsError`` for a limit that is reached.
  func take(_ rules: [Rule], by buyer: CouponBuyer) async throws {
    let coded = rules.filter(\.isCodeCounted)
    let counted = rules.filter(\.isCounted).map(\.coupon)
    let ofCodes = coded.isEmpty ? nil : takeCodes(coded.compactMap(\.code))
    let ofBuyer = takeOfBuyer(rules.map(\.coupon), buyer)
    let ofCoupons = counted.isEmpty ? nil : takeCoupons(counted)
    if let ofCodes {
      let taken = try Self.ids(try await ofCodes.rows())
      if let missing = coded.first(where: { !taken.contains($0.coupon) }) {
        throw PromotionsError.usedUp(missing.coupon)
      }
    }
    let takenByBuyer = try Self.ids(try await ofBuyer.rows())
    if let missing = rules.first(where: { !takenByBuyer.contains($0.coupon) }) {
      throw PromotionsError.usedUpByBuyer(missing.coupon)
    }
    if let ofCoupons {
      let taken = try Self.ids(try await ofCoupons.rows())
      if let missing = counted.first(where: { !taken.contains($0) }) { throw PromotionsError.usedUp(missing) }
    }
  }

  private func takeCodes(_ codes: [ID]) -> PendingAnswer {
    work.sendRowLocks(of: "promotions.coupon_code", by: "id", codes, reading: "id")
    return work.send(
      """
      UPDATE promotions.coupon_code k SET taken = k.taken + 1
       WHERE k.id = ANY (\(codes)::uuid[]) AND k.taken < k.uses_max
      RETURNING k.coupon_id
      """)
  }

  private func takeOfBuyer(_ coupons: [ID], _ buyer: CouponBuyer) -> PendingAnswer {
    work.send(
      """
      INSERT INTO promotions.coupon_buyer AS b (coupon_id, buyer_id, taken)
      SELECT c.id, \(buyer.id), 1 FROM promotions.coupon c WHERE c.id = ANY (\(coupons)::uuid[]) ORDER BY c.id
          ON CONFLICT ON CONSTRAINT coupon_buyer_pkey DO UPDATE SET taken = b.taken + 1
           WHERE b.taken < coalesce((SELECT c.uses_per_buyer_max FROM promotions.coupon c WHERE c.id = b.coupon_id),
                                    9223372036854775806)
      RETURNING b.coupon_id
      """)
  }

  private func takeCoupons(_ coupons: [ID]) -> PendingAnswer {
    work.sendRowLocks(of: "promotions.coupon_counter", by: "coupon_id", coupons, reading: "coupon_id")
    return work.send(
      """
      UPDATE promotions.coupon_counter n SET taken = n.taken + 1
        FROM promotions.coupon c
       WHERE n.coupon_id = ANY (\(coupons)::uuid[]) AND c.id = n.coupon_id AND n.taken < c.uses_max
      RETURNING n.coupon_id
      """)
  }

  private static func ids(_ rows: Rows) throws -> Set<ID> {
    var ids = Set<ID>()
    for row in rows { ids.insert(try row.id("coupon_id")) }
    return ids
  }

  /// Tells what happened to a use.
  func publish(_ type: String, _ coupon: ID, _ order: ID, discount: Money? = nil) throws {
    let news = CouponUseNews(in: work.arena)
    news.couponID = Text(coupon.description, in: work.arena)
    news.orderID = Text(order.description, in: work.arena)
    news.discount = discount?.message(in: work.arena)
    work.publish(try NewEvent(Self.topic, type, of: coupon, subjects: [order], payload: news))
  }
}
