internal import Platform
internal import Postgres

/// The columns of the API's `Price` and `PriceList`; `r` is catalog.price, `l` is catalog.price_list.
enum PriceColumns {
  static var price: Query {
    """
    r.id, r.variant_id, r.price_list_id, r.quantity_min, r.price_minor AS "price.amount_minor",
           r.currency AS "price.currency", r.is_scheduled, r.starts_at AS start_time,
           nullif(r.ends_at, 'infinity') AS end_time
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
