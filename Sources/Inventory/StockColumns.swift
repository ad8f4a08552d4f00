internal import Platform
internal import Postgres

/// The columns of the API's `Stock` and `StockRules`; `s` is inventory.stock, `r` is inventory.stock_rules.
enum StockColumns {
  /// The stock, as far as a caller may see it.
  static func stock(_ visibility: StockVisibility) -> Query {
    """
    s.variant_id, s.product_id, s.seller_id, \(available) AS available, s.version, s.updated_at AS update_time,
           \(ETag.column("s.version")) AS etag, \(backorderable) AS backorderable,
           s.backorder_at AS backorder_time, CASE WHEN \(visibility.coversQuantities) THEN s.on_hand END AS on_hand,
           CASE WHEN \(visibility.coversQuantities) THEN s.reserved END AS reserved,
           CASE WHEN \(visibility.coversQuantities) THEN s.safety_stock END AS safety_stock,
           CASE WHEN \(visibility.coversQuantities) THEN \(warehouses) END AS warehouses
    """
  }

  /// The stock as the field `stock` of a response.
  static var nested: Query {
    """
    s.variant_id AS "stock.variant_id", s.product_id AS "stock.product_id", s.seller_id AS "stock.seller_id",
           s.on_hand AS "stock.on_hand", s.reserved AS "stock.reserved",
           \(available) AS "stock.available", s.version AS "stock.version",
           s.updated_at AS "stock.update_time", \(ETag.column("s.version")) AS "stock.etag",
           \(warehouses) AS "stock.warehouses", s.safety_stock AS "stock.safety_stock",
           \(backorderable) AS "stock.backorderable", s.backorder_at AS "stock.backorder_time"
    """
  }

  /// The rules as the field `rules` of a response.
  static var rules: Query {
    """
    r.variant_id AS "rules.variant_id", r.low_stock_threshold AS "rules.low_stock_threshold",
           r.updated_at AS "rules.update_time", \(ETag.column("r.version")) AS "rules.etag",
           s.safety_stock AS "rules.safety_stock", s.backorder_limit AS "rules.backorder_limit",
           s.backorder_at AS "rules.backorder_time"
    """
  }

  /// The stock in the API's JSON.
  static var json: Query {
    """
    jsonb_build_object(
             'variantId', s.variant_id, 'productId', s.product_id, 'sellerId', s.seller_id, 'onHand', s.on_hand,
             'reserved', s.reserved, 'available', \(available), 'version', s.version,
             'etag', \(ETag.column("s.version")),
             'updateTime', to_char(s.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
             'warehouses', \(warehouses), 'safetyStock', s.safety_stock, 'backorderable', \(backorderable),
             'backorderTime', to_char(s.backorder_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    """
  }

  /// What is in the default warehouse, then what is in the others.
  private static var warehouses: Query {
    """
    jsonb_build_array(jsonb_build_object(
             'warehouseId', s.seller_id, 'onHand', s.on_hand - s.elsewhere_on_hand,
             'reserved', s.reserved - s.elsewhere_reserved)) || s.elsewhere
    """
  }

  private static var available: Query { "inventory.available(s.on_hand, s.reserved, s.safety_stock)" }

  private static var backorderable: Query {
    """
    (inventory.available(s.on_hand + s.backorder_limit, s.reserved, s.safety_stock)
             - inventory.available(s.on_hand, s.reserved, s.safety_stock))
    """
  }
}
