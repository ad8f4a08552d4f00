internal import Platform
internal import Postgres
internal import PromotionsAPI
internal import Protobuf
internal import RPC

/// Says what a code gives, and why it cannot be used now.
struct CouponCheck {
  private let code: String
  private let buyer: ID?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ValidateCouponRequest, by caller: Caller) throws {
    var check = RequestCheck()
    code = check.couponCode(request.code, "code")
    buyer = caller.kind == .user ? caller.id : nil
    try check.verify()
  }

  /// - Throws: ``PromotionsError/noSuchCode(_:)``.
  func read(_ call: Call) async throws -> ValidateCouponResponse {
    guard let response = try await call.database.first(ValidateCouponResponse.self, query(at: .now)) else {
      throw PromotionsError.noSuchCode(code)
    }
    return response
  }

  private func query(at now: Instant) -> Query {
    """
    SELECT \(CouponColumns.offer),
           (SELECT jsonb_agg(jsonb_build_object('reason', 'COUPON_PROBLEM_REASON_' || p.reason,
                                                'description', p.sentence))
              FROM (VALUES
                     (c.state <> 'active', 'NOT_ACTIVE', 'It is not valid any more.'),
                     (c.starts_at > \(now), 'NOT_STARTED', 'It is not valid yet.'),
                     (c.ends_at <= \(now), 'ENDED', 'It is not valid any more.'),
                     (n.taken >= c.uses_max OR k.taken >= k.uses_max, 'USED_UP',
                      'It was used as often as it may be.'),
                     (b.taken >= c.uses_per_buyer_max, 'USED_UP_BY_BUYER', 'You have used it as often as you may.'))
                   p (holds, reason, sentence)
             WHERE p.holds) AS problems
      FROM promotions.coupon_code k
      JOIN promotions.coupon c ON c.id = k.coupon_id
      LEFT JOIN promotions.coupon_counter n ON n.coupon_id = c.id
      LEFT JOIN promotions.coupon_buyer b ON b.coupon_id = c.id AND b.buyer_id = \(buyer)::uuid
     WHERE k.code = \(code)
    """
  }
}
