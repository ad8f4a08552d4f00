package import Platform
internal import Postgres

extension PromotionsModule {
  /// The rows by which orders add to the totals of a coupon.
  private static let shards: Range<Int32> = 0..<16

  /// Makes what an order holds used: it is paid. What was used before stays so, and is not counted again.
  /// - Parameters:
  ///   - discounts: what each coupon took off. A coupon that is not among them took nothing off.
  ///   - total: what the order came to.
  /// - Throws: ``PromotionsError/released(_:)`` for a use that was released: ``reserve(_:for:by:until:in:)`` takes it
  ///   again, if there is one.
  package static func commit(
    _ order: ID, discounts: [ID: Money], total: Money, in work: Work
  ) async throws {
    let rows = try HeldUse.read(try await work.rows(HeldUse.lock([order]), access: .write))
    if let released = rows.first(where: { $0.state == .released }) { throw PromotionsError.released(released.coupon) }
    let held = rows.filter { $0.state == .held }.map(\.coupon)
    guard !held.isEmpty else { return }
    let amounts = held.map { discounts[$0]?.minorUnits ?? 0 }
    let used = try await work.execute(
      """
      UPDATE promotions.coupon_use u
         SET state = 'used', ended_at = \(work.now), discount_minor = n.amount, currency = \(total.currency.code)
        FROM unnest(\(held)::uuid[], \(amounts)::bigint[]) n (coupon_id, amount)
       WHERE u.order_id = \(order) AND u.coupon_id = n.coupon_id AND u.state = 'held'
      """)
    guard used == held.count else { throw PromotionsError.released(held[0]) }
    let shard = Int32.random(in: shards)
    work.send(
      """
      INSERT INTO promotions.coupon_total AS t (coupon_id, currency, shard, orders, discount_minor, order_minor)
      SELECT n.coupon_id, \(total.currency.code), \(shard), 1, n.amount, \(total.minorUnits)
        FROM unnest(\(held)::uuid[], \(amounts)::bigint[]) n (coupon_id, amount)
       ORDER BY n.coupon_id
          ON CONFLICT ON CONSTRAINT coupon_total_pkey DO UPDATE
             SET orders = t.orders + 1, discount_minor = t.discount_minor + excluded.discount_minor,
                 order_minor = t.order_minor + excluded.order_minor
      """)
    let uses = CouponUses(work: work)
    for (coupon, amount) in zip(held, amounts) {
      try uses.publish("used", coupon, order, discount: Money(minorUnits: amount, in: total.currency))
    }
  }

  /// Gives back what orders hold. What was used or released before stays as it is.
  /// - Returns: whether any of it was still held.
  @discardableResult
  package static func release(_ orders: [ID], in work: Work) async throws -> Bool {
    let rows = try HeldUse.read(try await work.rows(HeldUse.lock(orders), access: .write))
    let held = rows.filter { $0.state == .held }
    try await release(held, in: work)
    return !held.isEmpty
  }

  /// Gives back uses whose rows are locked.
  static func release(_ held: [HeldUse], in work: Work) async throws {
    guard !held.isEmpty else { return }
    let coupons = Set(held.map(\.coupon)).sorted()
    // No limit of these coupons changes meanwhile.
    work.sendRowLocks(of: "promotions.coupon", by: "id", coupons, reading: "id", .keyShare)
    work.sendRequirement(HeldUse.release(held, at: work.now), rows: held.count, "every use is released once")
    let codes = held.compactMap(\.code)
    work.sendRowLocks(of: "promotions.coupon_code", by: "id", codes, where: "uses_max IS NOT NULL", reading: "id")
    work.send(
      """
      UPDATE promotions.coupon_code k SET taken = k.taken - n.uses
        FROM (SELECT g.id, count(*)::int AS uses FROM unnest(\(codes)::uuid[]) g (id) GROUP BY g.id) n
       WHERE k.id = n.id AND k.uses_max IS NOT NULL
      """)
    let (buyers, ofBuyers) = (held.map(\.buyer), held.map(\.coupon))
    work.send(
      """
      SELECT FROM promotions.coupon_buyer b
       WHERE (b.buyer_id, b.coupon_id) IN (SELECT * FROM unnest(\(buyers)::uuid[], \(ofBuyers)::uuid[]))
       ORDER BY b.coupon_id, b.buyer_id
         FOR NO KEY UPDATE
      """)
    work.send(
      """
      UPDATE promotions.coupon_buyer b SET taken = b.taken - n.uses
        FROM (SELECT g.buyer_id, g.coupon_id, count(*) AS uses
                FROM unnest(\(buyers)::uuid[], \(ofBuyers)::uuid[]) g (buyer_id, coupon_id)
               GROUP BY g.buyer_id, g.coupon_id) n
       WHERE b.buyer_id = n.buyer_id AND b.coupon_id = n.coupon_id
      """)
    work.sendRowLocks(of: "promotions.coupon_counter", by: "coupon_id", coupons, reading: "coupon_id")
    work.send(
      """
      UPDATE promotions.coupon_counter x SET taken = x.taken - n.uses
        FROM (SELECT g.id, count(*) AS uses FROM unnest(\(ofBuyers)::uuid[]) g (id) GROUP BY g.id) n
        JOIN promotions.coupon c ON c.id = n.id
       WHERE x.coupon_id = n.id AND c.uses_max IS NOT NULL
      """)
    let uses = CouponUses(work: work)
    for use in held { try uses.publish("released", use.coupon, use.order) }
  }
}

/// A row of promotions.coupon_use.
struct HeldUse {
  /// What became of a use.
  enum State: String {
    case held, used, released
  }

  let order: ID
  let coupon: ID
  let code: ID?
  let buyer: ID
  let state: State

  private init(_ row: Row) throws(PostgresError) {
    order = try row.id("order_id")
    coupon = try row.id("coupon_id")
    code = try row.optionalID("code_id")
    buyer = try row.id("buyer_id")
    guard let state = State(rawValue: try row.string("state")) else { throw .mapping("the state of a coupon's use") }
    self.state = state
  }

  static func read(_ rows: Rows) throws(PostgresError) -> [HeldUse] {
    var all: [HeldUse] = []
    for row in rows { all.append(try HeldUse(row)) }
    return all
  }

  /// Locks the rows of orders, in the order of their keys.
  static func lock(_ orders: [ID]) -> Query {
    """
    SELECT u.order_id, u.coupon_id, u.code_id, u.buyer_id, u.state
      FROM promotions.coupon_use u
     WHERE u.order_id = ANY (\(orders)::uuid[])
     ORDER BY u.order_id, u.coupon_id
       FOR NO KEY UPDATE
    """
  }

  /// Locks rows that are held, whose time is over, and that nobody else has locked.
  static func lockExpired(at now: Instant, atMost count: Int) -> Query {
    """
    SELECT u.order_id, u.coupon_id, u.code_id, u.buyer_id, u.state
      FROM promotions.coupon_use u
     WHERE u.state = 'held' AND u.expires_at <= \(now)
     ORDER BY u.expires_at
     LIMIT \(count)
       FOR NO KEY UPDATE SKIP LOCKED
    """
  }

  /// Ends rows that are held.
  static func release(_ uses: [HeldUse], at now: Instant) -> Query {
    """
    UPDATE promotions.coupon_use u SET state = 'released', ended_at = \(now)
      FROM unnest(\(uses.map(\.order))::uuid[], \(uses.map(\.coupon))::uuid[]) n (order_id, coupon_id)
     WHERE u.order_id = n.order_id AND u.coupon_id = n.coupon_id AND u.state = 'held'
    RETURNING u.coupon_id
    """
  }
}
