internal import Platform
internal import Postgres
internal import PromotionsAPI
internal import Protobuf

/// How a coupon was used: the field `statistics` of a response.
struct CouponStatisticsQuery {
  private let coupon: ID
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: GetCouponStatisticsRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    coupon = check.id(request.couponID, "coupon_id")
    try check.verify()
  }

  /// The coupon, if the caller may access it.
  var missing: PromotionsError { .noSuchCoupon(coupon.description) }

  /// Sums beyond 64 bits are the most that 64 bits hold.
  var query: Query {
    """
    SELECT c.id AS "statistics.coupon_id",
           (SELECT coalesce(sum(t.orders), 0)::bigint FROM promotions.coupon_total t WHERE t.coupon_id = c.id)
             AS "statistics.used_count",
           (SELECT count(*) FROM promotions.coupon_use u WHERE u.coupon_id = c.id AND u.state = 'held')
             AS "statistics.held_count",
           CASE WHEN c.uses_max IS NOT NULL THEN greatest(c.uses_max - n.taken, 0) END AS "statistics.uses_left",
           n.codes + (c.code IS NOT NULL)::int::bigint AS "statistics.code_count",
           (SELECT jsonb_agg(jsonb_build_object(
                     'discount', jsonb_build_object('amountMinor', t.discount::text, 'currency', t.currency),
                     'orderTotal', jsonb_build_object('amountMinor', t.total::text, 'currency', t.currency),
                     'orderCount', t.orders::text) ORDER BY t.currency)
              FROM (SELECT t.currency, sum(t.orders) AS orders,
                           least(sum(t.discount_minor), 9223372036854775807) AS discount,
                           least(sum(t.order_minor), 9223372036854775807) AS total
                      FROM promotions.coupon_total t
                     WHERE t.coupon_id = c.id
                     GROUP BY t.currency) t) AS "statistics.totals"
      FROM promotions.coupon c
      JOIN promotions.coupon_counter n ON n.coupon_id = c.id
     WHERE c.id = \(coupon) AND \(sellers.covers("c.seller_id"))
    """
  }
}
