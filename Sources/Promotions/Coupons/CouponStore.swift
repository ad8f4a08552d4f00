internal import Platform
internal import Postgres
internal import PromotionsAPI
internal import Protobuf

/// Coupons, inside a unit of work. Each change is recorded: in the audit log, and as an event.
struct CouponStore {
  static let type = Coupon.descriptor.fullName
  static let topic = "promotions.coupon"
  private static let couponsMax = 10_000
  private static let automaticMax = 20

  let work: Work
  let sellers: SellerAccess

  /// Locks a coupon that the caller may access. Orders that take a use of it wait, and are waited for.
  /// - Throws: ``PromotionsError/noSuchCoupon(_:)``; ``StaleETag`` when the coupon has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState) async throws -> Coupon {
    let query: Query = """
      SELECT \(CouponColumns.coupon)
        FROM promotions.coupon c
       WHERE c.id = \(id) AND \(sellers.covers("c.seller_id"))
         FOR UPDATE
      """
    guard let found = try await work.first(Coupon.self, query), let etag = ETag(found.etag.string) else {
      throw PromotionsError.noSuchCoupon(id.description)
    }
    try state.verify(etag.version, of: Self.type, id)
    return found
  }

  /// Makes a coupon.
  /// - Parameter named: the seller that the request names; nil for the caller's own, or the platform.
  /// - Throws: ``PromotionsError``; INVALID_ARGUMENT for a scope that a seller's coupon must not have.
  func create(_ fields: CouponFields, of named: ID?, code: String?, isAutomatic: Bool) async throws -> Coupon {
    let seller = try await owner(named)
    try fields.verifyScope(ofSeller: seller != nil)
    try await verifyCount(of: seller, isAutomatic: isAutomatic)
    let id = ID.made(at: work.now)
    let made = try await work.first(Coupon.self, try insert(id, fields, of: seller, code, isAutomatic))
    guard let made else { throw PromotionsError.noSuchCoupon(id.description) }
    work.send("INSERT INTO promotions.coupon_counter (coupon_id) VALUES (\(id))")
    if let code {
      try await expecting(["promotions.coupon_code_key": PromotionsError.codeTaken(code)]) {
        _ = try await work.execute(
          """
          INSERT INTO promotions.coupon_code (id, coupon_id, code, created_at)
          VALUES (\(ID.made(at: work.now)), \(id), \(code), \(work.now))
          """)
      }
    }
    try record("create", "created", of: id, seller, before: nil, after: made)
    return made
  }

  /// - Returns: the seller; nil for the platform.
  private func owner(_ named: ID?) async throws -> ID? {
    let seller: ID
    switch (named, sellers) {
    case (let named?, _): seller = named
    case (nil, .only(let own)): seller = own
    case (nil, .every): return nil
    case (nil, .none): throw PromotionsError.noSuchSeller("")
    }
    let rows = try await work.rows(
      "SELECT catalog.seller_exists(\(seller)) AND \(sellers.covers("\(seller)::uuid")) AS exists", access: .write)
    guard try rows.first?.bool("exists") == true else { throw PromotionsError.noSuchSeller(seller.description) }
    return seller
  }

  private func verifyCount(of seller: ID?, isAutomatic: Bool) async throws {
    // One at a time: each counts those before it.
    let owner = "promotions.coupon \(seller?.description ?? "")"
    work.send("SELECT pg_advisory_xact_lock(hashtextextended(\(owner), 0))")
    let rows = try await work.rows(
      """
      SELECT count(*) AS coupons, count(*) FILTER (WHERE c.is_automatic) AS automatic
        FROM promotions.coupon c
       WHERE c.seller_id IS NOT DISTINCT FROM \(seller)::uuid AND c.state = 'active'
      """, access: .write)
    guard let row = rows.first else { return }
    if try row.int64("coupons") >= Self.couponsMax { throw PromotionsError.tooManyCoupons(most: Self.couponsMax) }
    if isAutomatic, try row.int64("automatic") >= Self.automaticMax {
      throw PromotionsError.tooManyCoupons(most: Self.automaticMax)
    }
  }

  private func insert(
    _ id: ID, _ fields: CouponFields, of seller: ID?, _ code: String?, _ isAutomatic: Bool
  ) throws -> Query {
    let times = fields.times
    return """
      INSERT INTO promotions.coupon AS c (id, seller_id, name, code, is_automatic, effect, scope, conditions,
                                          start_local, end_local, time_zone, starts_at, ends_at, uses_max,
                                          uses_per_buyer_max, is_stackable, priority, created_at, updated_at)
      VALUES (\(id), \(seller), \(fields.name), \(code), \(isAutomatic), \(try fields.effectJSON),
              \(try fields.scopeJSON), \(try fields.conditionsJSON), \(times.startLocal), \(times.endLocal),
              \(times.zone), \(times.start), \(times.end), \(fields.usesMax), \(fields.usesPerBuyerMax),
              \(fields.isStackable), \(fields.priority), \(work.now), \(work.now))
      RETURNING \(CouponColumns.coupon)
      """
  }

  /// Writes the fields that the mask names.
  /// - Throws: ``PromotionsError``; INVALID_ARGUMENT for a scope that a seller's coupon must not have.
  func update(_ before: Coupon, _ id: ID, _ fields: CouponFields, _ mask: UpdateMask) async throws -> Coupon {
    guard before.state == .active else { throw PromotionsError.notActive(id) }
    if mask.contains("scope") { try fields.verifyScope(ofSeller: !before.sellerID.isEmpty) }
    if mask.contains("limits"), fields.usesMax != nil {
      // Nobody takes a use meanwhile: the coupon is locked. Where there was no limit, nobody has counted.
      work.send(
        """
        UPDATE promotions.coupon_counter n
           SET taken = (SELECT count(*) FROM promotions.coupon_use u
                         WHERE u.coupon_id = \(id) AND u.state IN ('held', 'used'))
         WHERE n.coupon_id = \(id)
        """)
    }
    guard let after = try await work.first(Coupon.self, try change(id, fields, mask)) else {
      throw PromotionsError.noSuchCoupon(id.description)
    }
    try record("update", "updated", of: id, ID(before.sellerID.string), before: before, after: after)
    return after
  }

  private func change(_ id: ID, _ fields: CouponFields, _ mask: UpdateMask) throws -> Query {
    let (times, setsTimes, setsLimits) = (fields.times, mask.contains("validity"), mask.contains("limits"))
    let effect = mask.contains("effect") ? try fields.effectJSON : nil
    return """
      UPDATE promotions.coupon c
         SET name = coalesce(\(mask.contains("name") ? fields.name : nil)::text, c.name),
             effect = coalesce(\(effect)::jsonb, c.effect),
             scope = CASE WHEN \(mask.contains("scope"))::boolean
                          THEN \(try fields.scopeJSON)::jsonb ELSE c.scope END,
             conditions = CASE WHEN \(mask.contains("conditions"))::boolean
                               THEN \(try fields.conditionsJSON)::jsonb ELSE c.conditions END,
             start_local = CASE WHEN \(setsTimes)::boolean THEN \(times.startLocal)::text ELSE c.start_local END,
             end_local = CASE WHEN \(setsTimes)::boolean THEN \(times.endLocal)::text ELSE c.end_local END,
             time_zone = CASE WHEN \(setsTimes)::boolean THEN \(times.zone)::text ELSE c.time_zone END,
             starts_at = CASE WHEN \(setsTimes)::boolean THEN \(times.start)::timestamptz ELSE c.starts_at END,
             ends_at = CASE WHEN \(setsTimes)::boolean THEN \(times.end)::timestamptz ELSE c.ends_at END,
             uses_max = CASE WHEN \(setsLimits)::boolean THEN \(fields.usesMax)::bigint ELSE c.uses_max END,
             uses_per_buyer_max = CASE WHEN \(setsLimits)::boolean
                                       THEN \(fields.usesPerBuyerMax)::bigint ELSE c.uses_per_buyer_max END,
             is_stackable = coalesce(
               \(mask.contains("is_stackable") ? fields.isStackable : nil)::boolean, c.is_stackable),
             priority = coalesce(\(mask.contains("priority") ? fields.priority : nil)::int, c.priority),
             version = c.version + 1, updated_at = \(work.now)
       WHERE c.id = \(id)
      RETURNING \(CouponColumns.coupon)
      """
  }

  /// Ends a coupon. One that has ended stays as it is.
  func deactivate(_ before: Coupon, _ id: ID) async throws -> Coupon {
    guard before.state == .active else { return before }
    let query: Query = """
      UPDATE promotions.coupon c
         SET state = 'inactive', version = c.version + 1, updated_at = \(work.now)
       WHERE c.id = \(id)
      RETURNING \(CouponColumns.coupon)
      """
    guard let after = try await work.first(Coupon.self, query) else {
      throw PromotionsError.noSuchCoupon(id.description)
    }
    try record("deactivate", "deactivated", of: id, ID(before.sellerID.string), before: before, after: after)
    return after
  }

  private func record(
    _ action: String, _ event: String, of id: ID, _ seller: ID?, before: Coupon?, after: Coupon
  ) throws {
    try work.audit("promotions.coupon.\(action)", on: Self.type, id, before: before, after: after)
    work.publish(NewEvent(Self.topic, event, of: id, subjects: seller.map { [$0] } ?? []))
  }
}
