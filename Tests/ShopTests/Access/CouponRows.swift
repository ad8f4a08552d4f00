import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.promotions.v1.CouponService/"
  private static let missing = AccessOutcome.all(.notFound)
  private static let managers: Set<TestCaller> = [.manager, .admin, .key, .certificate]
  private static let ofFirst = TestCaller.ofFirstShop.union(managers)
  private static let ofSecond = TestCaller.ofSecondShop.union(managers)
  private static let owners = ofFirst.union(ofSecond).union(TestCaller.ofNoShop)

  /// A request that names a coupon of a shop.
  private static func ofCoupon(_ rest: String = "") -> AccessCase {
    .one("coupon_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let id = try await things.ofShop(whose) { try await things.coupon(of: $0) }
      let requestID = rest.isEmpty ? "" : ", \"request_id\": \"\(things.requestID)\""
      return AccessRequest(json: "{\"coupon_id\": \"\(id)\"\(rest)\(requestID)}", names: [id])
    }
  }

  private static let goods: Set<String> = [
    "coupon.effect.buy_x_get_y.reward_product_ids", "coupon.effect.buy_x_get_y.reward_category_ids",
    "coupon.scope.product_ids", "coupon.scope.category_ids", "coupon.scope.seller_ids",
    "coupon.scope.excluded_product_ids", "coupon.scope.excluded_category_ids", "coupon.scope.excluded_seller_ids",
  ]

  static let coupons = [
    AccessRow(
      service + "CreateCoupon", owners, plainFields: goods.union(["coupon.id", "coupon.name"]),
      .one("coupon.seller_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = things.shop(whose, \.seller)
        return AccessRequest(
          json: """
            {"coupon": {"seller_id": "\(id)", "name": "Spring", "effect": {"percentage": {"basis_points": 1000}},
                        "conditions": {"amount_min": {"amount_minor": 100, "currency": "EUR"}}},
             "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
    AccessRow(
      service + "UpdateCoupon", owners, plainFields: goods.union(["coupon.name", "coupon.seller_id"]),
      .one("coupon.id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await things.ofShop(whose) { try await things.coupon(of: $0) }
        return AccessRequest(
          json: "{\"coupon\": {\"id\": \"\(id)\", \"name\": \"Summer\"}, \"request_id\": \"\(things.requestID)\"}",
          names: [id])
      }),
    AccessRow(service + "GetCoupon", owners, ofCoupon()),
    AccessRow(
      service + "ListCoupons", owners,
      .list(own: ofFirst, others: ofSecond) { things in
        let first = try await things.coupon(of: things.shops[0].seller)
        let second = try await things.coupon(of: things.shops[1].seller)
        return AccessRequest(json: "{\"page_size\": 250}", names: [first, second])
      },
      .list("seller_id", own: ofFirst, others: []) { things in
        let first = try await things.coupon(of: things.shops[0].seller)
        let second = try await things.coupon(of: things.shops[1].seller)
        let seller = things.shops[0].seller
        return AccessRequest(
          json: "{\"seller_id\": \"\(seller)\", \"page_size\": 250}", names: [first, second])
      }),
    AccessRow(service + "DeactivateCoupon", owners, ofCoupon(", \"etag\": \"\"")),
    AccessRow(service + "GenerateCouponCodes", owners, ofCoupon(", \"count\": 3")),
    AccessRow(
      service + "GetCouponCodeBatch", owners,
      .one("batch_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let id = try await things.ofShop(whose) { seller in
          try await things.couponBatch(of: try await things.coupon(of: seller))
        }
        return AccessRequest(json: "{\"batch_id\": \"\(id)\"}", names: [id])
      }),
    AccessRow(
      service + "ListCouponCodes", owners,
      .list("coupon_id", "batch_id", own: ofFirst, others: []) { things in
        let coupons = [
          try await things.coupon(of: things.shops[0].seller), try await things.coupon(of: things.shops[1].seller),
        ]
        let batch = try await things.couponBatch(of: coupons[0])
        let codes = [
          try await things.couponCode(of: coupons[0], in: batch), try await things.couponCode(of: coupons[1]),
        ]
        return AccessRequest(
          json: "{\"coupon_id\": \"\(coupons[0])\", \"batch_id\": \"\(batch)\"}", names: codes)
      }),
    AccessRow(
      service + "ValidateCoupon", TestCaller.everybody,
      .plain(.ok) { things in
        let code = "C" + things.requestID.replacing("-", with: "").uppercased()
        _ = try await things.couponCode(of: try await things.coupon(of: things.shops[0].seller), code)
        return "{\"code\": \"\(code)\"}"
      }),
    AccessRow(service + "GetCouponStatistics", owners, ofCoupon()),
  ]
}

extension AccessResources {
  /// A new coupon of a seller.
  func coupon(of seller: String) async throws -> String {
    try await make {
      """
      WITH made AS (
        INSERT INTO promotions.coupon (id, seller_id, name, is_automatic, effect, is_stackable, priority, created_at,
                                       updated_at)
        VALUES (platform.uuid_v7(), \(seller)::uuid, 'Spring', false, '{"percentage": {"basisPoints": 1000}}', false,
                100, now(), now())
        RETURNING id
      ), counted AS (
        INSERT INTO promotions.coupon_counter (coupon_id) SELECT id FROM made
      )
      SELECT id FROM made
      """
    }
  }

  /// A new batch of codes of a coupon, which are not made.
  func couponBatch(of coupon: String) async throws -> String {
    try await make {
      """
      INSERT INTO promotions.coupon_batch (id, coupon_id, prefix, wanted, uses_max, created_at)
      VALUES (platform.uuid_v7(), \(coupon)::uuid, '', 3, 1, now())
      RETURNING id
      """
    }
  }

  /// A new code of a coupon.
  func couponCode(of coupon: String, in batch: String? = nil, _ code: String? = nil) async throws -> String {
    let code = code ?? "C" + requestID.replacing("-", with: "").uppercased()
    return try await make {
      """
      INSERT INTO promotions.coupon_code (id, coupon_id, code, batch_id, uses_max, created_at)
      VALUES (platform.uuid_v7(), \(coupon)::uuid, \(code), \(batch)::uuid, 1, now())
      RETURNING id
      """
    }
  }
}
