internal import Platform
internal import Postgres

/// The columns of the API's `Price` and `PriceList`; `r` is catalog.price, `l` is catalog.price_list.
enum PriceColumns {
  /// A price holds while its list does. It may end before it begins, and then has never held.
  static var price: Query {
    """
    r.id, r.variant_id, r.price_list_id, r.quantity_min, r.price_minor AS "price.amount_minor",
           r.currency AS "price.currency", r.is_scheduled,
           greatest(r.starts_at, (SELECT l.starts_at FROM catalog.price_list l WHERE l.id = r.price_list_id))
             AS start_time,
           nullif(
             least(r.ends_at, (SELECT l.ends_at FROM catalog.price_list l WHERE l.id = r.price_list_id)), 'infinity')
             AS end_time
    """
  }

  static var list: Query {
    """
    l.id, l.seller_id, l.title, l.segment, l.channel, l.currency, l.starts_at AS start_time,
           nullif(l.ends_at, 'infinity') AS end_time, \(ETag.column("l.version")) AS etag,
           l.created_at AS create_time, l.updated_at AS update_time
    """
  }
}
