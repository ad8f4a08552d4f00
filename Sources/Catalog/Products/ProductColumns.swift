internal import Platform
internal import Postgres

/// The columns of the API's `Product`: `p` is catalog.product, `s` its seller, `c` its category.
enum ProductColumns {
  /// The columns of a product as shoppers see it.
  static var product: Query { product(buyableFrom: "p.buyable_from") }

  /// The same, from when it can be bought given: a sales channel has a time of its own.
  static func product(buyableFrom: Query) -> Query { "\(plain), p.variants, \(buyableFrom) AS buyable_from_time" }

  /// What ``product`` is made from, as a text that is another one whenever a product's message is: the product's row,
  /// which has its variants and images in it, and what is shown of its seller and category. `xmin` is the transaction
  /// that wrote the row. Its number may come again after a failover that lost it, but not at the same moment.
  static var version: Query {
    "p.id || ' ' || p.xmin::text || ' ' || p.updated_at || ' ' || s.name || ' ' || c.path"
  }

  /// The same text, of `p` alone; NULL when its seller is hidden. Where there are few categories, Postgres would join
  /// all of them for one product.
  static var versionOfShown: Query {
    """
    p.id || ' ' || p.xmin::text || ' ' || p.updated_at || ' '
      || (SELECT s.name FROM catalog.seller s WHERE s.id = p.seller_id AND NOT s.is_hidden) || ' '
      || (SELECT c.path FROM catalog.category c WHERE c.id = p.category_id)
    """
  }

  /// The columns of a product as its seller sees it. Its variants have more than in the document for shoppers.
  static var managed: Query {
    """
    \(plain), p.external_id, p.metadata, p.publish_at AS scheduled_publish_time, p.buyable_from AS buyable_from_time,
           coalesce(
             (SELECT json_agg(
                       json_strip_nulls(
                         json_build_object(
                           'id', v.id, 'sku', v.sku, 'title', v.title, 'options', v.options,
                           'price', json_build_object('amountMinor', v.price_minor, 'currency', v.currency),
                           'gtin', v.gtin, 'weightGrams', v.weight_grams, 'isDigital', v.is_digital))
                       ORDER BY v.position)
                FROM catalog.variant v WHERE v.product_id = p.id), '[]') AS variants
    """
  }

  /// The tables of all columns.
  static var tables: Query {
    """
    catalog.product p
      JOIN catalog.seller s ON s.id = p.seller_id
      JOIN catalog.category c ON c.id = p.category_id
    """
  }

  /// All columns but the variants.
  private static var plain: Query {
    """
    p.id, p.slug, p.title, p.description, p.brand, p.seller_id, s.name AS seller_name, p.category_id,
           c.path AS category_path, p.status,
           p.price_minor AS "price.amount_minor", p.currency AS "price.currency", p.images, p.tags,
           CASE p.rating_count WHEN 0 THEN 0 ELSE p.rating_sum::float8 / p.rating_count END AS "rating.average",
           p.rating_count AS "rating.count", p.rating_score AS "rating.score", p.units_sold,
           \(ETag.column("p.version")) AS etag, p.created_at AS create_time,
           p.updated_at AS update_time, p.published_at AS publish_time, p.seo_title, p.seo_description,
           p.quantity_min AS "quantity_rules.minimum", coalesce(p.quantity_max, 0) AS "quantity_rules.maximum",
           p.quantity_step AS "quantity_rules.step", p.product_type_id,
           p.attributes, p.attachments
    """
  }
}
