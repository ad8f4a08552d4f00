package import Platform
package import Postgres
package import Pricing
internal import Protobuf

/// The promotions that a cart may have: by the codes that the buyer entered, and without.
package struct CouponCandidates: Sendable {
  /// Codes of a cart.
  package static let codesMax = 10
  /// Coupons without a code that are considered for a cart: those whose turn is first.
  package static let automaticMax = PricingLimits.promotionsMax - codesMax

  /// A promotion that a cart may have.
  package struct Candidate: Sendable {
    /// The promotion, with the uses that are left: for all buyers, and for this one.
    package let promotion: Promotion
    /// The code that the buyer entered, in its usual form; nil for an automatic one.
    package let code: String?
    /// What ``PromotionsModule/reserve(_:for:by:until:in:)`` takes when the cart is ordered.
    package let wanted: WantedCoupon
    /// Whether orders of other buyers take uses from it: then ``ContentionKey/coupon(_:)`` is a key of the work.
    package let isContended: Bool
  }

  /// A code that gives no promotion.
  package struct RefusedCode: Hashable, Sendable {
    /// The code as it was entered.
    package let entered: String
    /// Why.
    package let reason: Reason

    /// Why a code gives no promotion.
    package enum Reason: Hashable, Sendable {
      /// No coupon has it.
      case unknown
      /// Its coupon has amounts in another currency than the cart.
      case otherCurrency
      /// Another code of the cart gives the same coupon.
      case repeated
    }
  }

  /// The candidates, in the order of their turns.
  package private(set) var candidates: [Candidate] = []
  /// The codes that give none, in the order in which they were entered.
  package private(set) var refused: [RefusedCode] = []

  /// What Pricing asks for.
  package var promotions: [Promotion] { candidates.map(\.promotion) }

  /// What a work that reserves these coupons contends for.
  package var contentionKeys: [ContentionKey] {
    candidates.filter(\.isContended).map { .coupon($0.promotion.id) }
  }

  /// Reads the candidates of a cart in one statement.
  /// - Parameters:
  ///   - codes: what the buyer entered, ``codesMax`` at most: what is beyond is left out.
  ///   - sellers: the sellers of the goods in the cart.
  ///   - buyer: who buys; nil for a guest whose e-mail address is not known yet.
  ///   - order: an order that may hold uses already, which are its own to use; nil for none.
  package static func read(
    codes: [String], sellers: [ID], currency: Currency, buyer: CouponBuyer?, order: ID? = nil, at now: Instant,
    _ runner: some QueryRunner
  ) async throws -> CouponCandidates {
    let entered = codes.prefix(codesMax).map { (typed: $0, code: CodeText.read($0)) }
    let rows = try await runner.rows(
      query(codes: entered.compactMap(\.code), sellers: sellers, buyer: buyer?.id, order: order, at: now))
    let arena = Arena()
    var found: [(code: String?, coupon: StoredCoupon, row: Row)] = []
    for row in rows { found.append((try row.optionalString("code"), try StoredCoupon(row, in: arena), row)) }
    var result = CouponCandidates()
    var chosen: [ID: String?] = [:]
    for (typed, code) in entered {
      guard let code, let match = found.first(where: { $0.code == code }) else {
        result.refused.append(RefusedCode(entered: typed, reason: .unknown))
        continue
      }
      if !match.coupon.isPayable(in: currency) {
        result.refused.append(RefusedCode(entered: typed, reason: .otherCurrency))
      } else if chosen[match.coupon.id] != nil {
        result.refused.append(RefusedCode(entered: typed, reason: .repeated))
      } else {
        chosen[match.coupon.id] = .some(code)
      }
    }
    for (code, coupon, row) in found where coupon.isPayable(in: currency) {
      guard code == nil || chosen[coupon.id] == .some(code) else { continue }
      result.candidates.append(try candidate(coupon, code, row))
    }
    return result
  }

  private static func candidate(_ coupon: StoredCoupon, _ code: String?, _ row: Row) throws -> Candidate {
    let usesMax = try row.optionalInt64("uses_max")
    let ofCode = try row.optionalInt64("code_uses_max")
    let own = try row.int64("own")
    let left = try usesMax.map { try $0 - row.int64("taken") + own }
    let leftOfCode = try ofCode.map { try $0 - row.int64("code_taken") + own }
    let ofBuyer = try row.optionalInt64("uses_per_buyer_max").map { try $0 - row.int64("taken_by_buyer") + own }
    return Candidate(
      promotion: try coupon.promotion(
        usesLeft: [left, leftOfCode].compactMap(\.self).min(), usesLeftOfBuyer: ofBuyer), code: code,
      wanted: WantedCoupon(coupon.id, code: try row.optionalID("code_id")), isContended: usesMax != nil)
  }

  /// Coupons by codes and those without, in the order of their turns.
  private static func query(
    codes: [String], sellers: [ID], buyer: ID?, order: ID?, at now: Instant
  ) -> Query {
    """
    WITH chosen AS (
      SELECT k.coupon_id, k.id AS code_id, k.code, k.uses_max AS code_uses_max, k.taken AS code_taken
        FROM promotions.coupon_code k
       WHERE k.code = ANY (\(codes)::text[])
       UNION ALL
      (SELECT c.id, NULL, NULL, NULL, NULL
         FROM promotions.coupon c
        WHERE c.is_automatic AND c.state = 'active'
          AND (c.seller_id IS NULL OR c.seller_id = ANY (\(sellers)::uuid[]))
          AND (c.starts_at IS NULL OR c.starts_at <= \(now)) AND (c.ends_at IS NULL OR c.ends_at > \(now))
        ORDER BY c.priority, c.id
        LIMIT \(automaticMax))
    )
    SELECT \(StoredCoupon.columns), x.code_id, x.code, x.code_uses_max, coalesce(x.code_taken, 0) AS code_taken,
           n.taken, coalesce(b.taken, 0) AS taken_by_buyer,
           (CASE WHEN u.state IN ('held', 'used') THEN 1 ELSE 0 END)::bigint AS own
      FROM chosen x
      JOIN promotions.coupon c ON c.id = x.coupon_id
      JOIN promotions.coupon_counter n ON n.coupon_id = c.id
      LEFT JOIN promotions.coupon_buyer b ON b.coupon_id = c.id AND b.buyer_id = \(buyer)::uuid
      LEFT JOIN promotions.coupon_use u ON u.coupon_id = c.id AND u.order_id = \(order)::uuid
     ORDER BY c.priority, c.id, x.code
    """
  }
}
