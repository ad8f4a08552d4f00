internal import Platform
internal import Postgres

/// The columns of the API's `Category`; `c` is catalog.category.
enum CategoryColumns {
  static var category: Query {
    """
    c.id, coalesce(c.parent_id::text, '') AS parent_id, c.slug, c.path, c.title, c.depth, c.position,
           \(productCount) AS product_count, \(ETag.column("c.version")) AS etag, c.updated_at AS update_time
    """
  }

  /// The same as the field `category` of a response.
  static var nested: Query {
    """
    c.id AS "category.id", coalesce(c.parent_id::text, '') AS "category.parent_id", c.slug AS "category.slug",
           c.path AS "category.path", c.title AS "category.title", c.depth AS "category.depth",
           c.position AS "category.position", \(productCount) AS "category.product_count",
           \(ETag.column("c.version")) AS "category.etag", c.updated_at AS "category.update_time"
    """
  }

  private static var productCount: Query {
    """
    (SELECT coalesce(sum(n.products), 0)::bigint FROM catalog.category_count n WHERE n.category_id = c.id)
    """
  }
}
