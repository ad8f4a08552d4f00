internal import Platform
internal import Postgres

/// The columns of the API's `Warehouse` and `AllocationRule`; `w` is inventory.warehouse, `a` is
/// inventory.allocation_rule.
enum WarehouseColumns {
  static var warehouse: Query {
    """
    w.id, w.seller_id, w.name, w.priority, w.id = w.seller_id AS is_default, w.created_at AS create_time,
           w.updated_at AS update_time, \(ETag.column("w.version")) AS etag, w.country,
           w.latitude_microdegrees AS "coordinates.latitude_microdegrees",
           w.longitude_microdegrees AS "coordinates.longitude_microdegrees"
    """
  }

  /// The warehouse as the field `warehouse` of a response.
  static var nested: Query {
    """
    w.id AS "warehouse.id", w.seller_id AS "warehouse.seller_id", w.name AS "warehouse.name",
           w.priority AS "warehouse.priority", w.id = w.seller_id AS "warehouse.is_default",
           w.created_at AS "warehouse.create_time", w.updated_at AS "warehouse.update_time",
           \(ETag.column("w.version")) AS "warehouse.etag", w.country AS "warehouse.country",
           w.latitude_microdegrees AS "warehouse.coordinates.latitude_microdegrees",
           w.longitude_microdegrees AS "warehouse.coordinates.longitude_microdegrees"
    """
  }

  /// The rule's order, in the API's lower case. What releases before distances were known do not read is beside it.
  static var order: Query {
    """
    CASE WHEN a.by_distance AND a.allocation_order = 'priority' THEN 'nearest'
                ELSE coalesce(a.allocation_order, 'priority') END
    """
  }

  /// The rule as the field `rule` of a response.
  static var rule: Query {
    """
    a.seller_id AS "rule.seller_id", \(order) AS "rule.order", a.updated_at AS "rule.update_time",
           \(ETag.column("a.version")) AS "rule.etag"
    """
  }
}
