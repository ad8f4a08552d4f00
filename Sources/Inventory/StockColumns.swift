internal import Platform
internal import Postgres

/// The columns of the API's `Stock` and `StockRules`; `s` is inventory.stock, `r` is inventory.stock_rules.
enum StockColumns {
  static var stock: Query {
    """
    s.variant_id, s.product_id, s.seller_id, s.on_hand, s.reserved, s.on_hand - s.reserved AS available, s.version,
           s.updated_at AS update_time, \(ETag.column("s.version")) AS etag
    """
  }

  /// The stock as the field `stock` of a response.
  static var nested: Query {
    """
    s.variant_id AS "stock.variant_id", s.product_id AS "stock.product_id", s.seller_id AS "stock.seller_id",
           s.on_hand AS "stock.on_hand", s.reserved AS "stock.reserved",
           s.on_hand - s.reserved AS "stock.available", s.version AS "stock.version",
           s.updated_at AS "stock.update_time", \(ETag.column("s.version")) AS "stock.etag"
    """
  }

  /// The rules as the field `rules` of a response.
  static var rules: Query {
    """
    r.variant_id AS "rules.variant_id", r.low_stock_threshold AS "rules.low_stock_threshold",
           r.updated_at AS "rules.update_time", \(ETag.column("r.version")) AS "rules.etag"
    """
  }

  /// The stock in the API's JSON.
  static var json: Query {
    """
    jsonb_build_object(
             'variantId', s.variant_id, 'productId', s.product_id, 'sellerId', s.seller_id, 'onHand', s.on_hand,
             'reserved', s.reserved, 'available', s.on_hand - s.reserved, 'version', s.version,
             'etag', \(ETag.column("s.version")),
             'updateTime', to_char(s.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    """
  }
}
