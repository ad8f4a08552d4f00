internal import Platform
internal import Postgres

/// The columns of the API's messages; `c` is promotions.coupon, `b` promotions.coupon_batch, `k`
/// promotions.coupon_code.
enum CouponColumns {
  static var coupon: Query {
    """
    c.id, c.seller_id, c.name, c.code, c.is_automatic, c.effect, c.scope, c.conditions,
           c.start_local AS "validity.start_local", c.end_local AS "validity.end_local",
           c.time_zone AS "validity.time_zone", c.starts_at AS "validity.start_time",
           c.ends_at AS "validity.end_time", c.uses_max AS "limits.uses_max",
           c.uses_per_buyer_max AS "limits.uses_per_buyer_max", c.is_stackable, c.priority, c.state,
           c.created_at AS create_time, c.updated_at AS update_time, \(ETag.column("c.version")) AS etag
    """
  }

  /// What shoppers see of a coupon, as the field `offer` of a response.
  static var offer: Query {
    """
    c.id AS "offer.coupon_id", c.name AS "offer.name", c.effect AS "offer.effect", c.scope AS "offer.scope",
           c.conditions -> 'amountMin' AS "offer.amount_min",
           coalesce((c.conditions ->> 'quantityMin')::bigint, 0) AS "offer.quantity_min",
           coalesce((c.conditions ->> 'firstOrderOnly')::boolean, false) AS "offer.first_order_only",
           coalesce(c.conditions ? 'segments' OR c.conditions ? 'excludedSegments', false)
             AS "offer.is_for_segments",
           c.start_local AS "offer.validity.start_local", c.end_local AS "offer.validity.end_local",
           c.time_zone AS "offer.validity.time_zone", c.starts_at AS "offer.validity.start_time",
           c.ends_at AS "offer.validity.end_time", c.is_stackable AS "offer.is_stackable"
    """
  }

  static var batch: Query {
    """
    b.id, b.coupon_id, b.wanted AS count, b.made AS made_count, b.uses_max AS uses_per_code_max, b.prefix,
           b.created_at AS create_time, b.completed_at AS complete_time
    """
  }

  static var code: Query {
    """
    k.id, k.coupon_id, k.code, k.batch_id, coalesce(k.uses_max, 0) AS uses_max, k.taken AS use_count,
           k.created_at AS create_time
    """
  }
}
