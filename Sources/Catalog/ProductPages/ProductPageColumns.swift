internal import Platform
internal import Postgres

/// The columns of the API's `ProductPage` and `Offer`: `o` is a row of ``PageOffers``, `a` has the id of a page, and
/// `g` is its row in catalog.product_page, if there is one.
enum ProductPageColumns {
  static var offer: Query {
    """
    o.variant_id, o.product_id, o.product_slug, o.seller_id, o.seller_name, o.price_minor AS "price.amount_minor",
           o.currency AS "price.currency", o.is_in_stock, o.buyable_from AS buyable_from_time
    """
  }

  /// The page for shoppers, as the field `page` of a response, with its first offer.
  static var nested: Query {
    """
    o.page_id AS "page.id", o.gtins AS "page.gtins", o.source_id AS "page.product_id",
           count(*) OVER () AS "page.offer_count",
           \(ETag.column("coalesce((SELECT g.version FROM catalog.product_page g WHERE g.id = o.page_id), 1)"))
             AS "page.etag",
           o.variant_id AS "page.offer.variant_id", o.product_id AS "page.offer.product_id",
           o.product_slug AS "page.offer.product_slug", o.seller_id AS "page.offer.seller_id",
           o.seller_name AS "page.offer.seller_name", o.price_minor AS "page.offer.price.amount_minor",
           o.currency AS "page.offer.price.currency", o.is_in_stock AS "page.offer.is_in_stock",
           o.buyable_from AS "page.offer.buyable_from_time"
    """
  }

  /// The page for staff.
  static var managed: Query {
    """
    a.id, \(gtins(of: "SELECT a.id UNION ALL SELECT w.id FROM catalog.product_page w WHERE w.merged_into = a.id"))
             AS gtins, \(ETag.column("coalesce(g.version, 1)")) AS etag, g.chosen_product_id,
           \(placed("m.is_joined")) AS joined_variant_ids, \(placed("NOT m.is_joined")) AS removed_variant_ids,
           ARRAY(SELECT w.id::text FROM catalog.product_page w WHERE w.merged_into = a.id ORDER BY w.id)
             AS merged_page_ids, g.merged_into AS merged_into_id
    """
  }

  private static func placed(_ condition: Query) -> Query {
    """
    ARRAY(SELECT m.variant_id::text FROM catalog.page_placement m WHERE m.page_id = a.id AND \(condition)
                  ORDER BY m.variant_id)
    """
  }

  /// The GTINs of pages. `ids` is a SELECT of their ids as `id`.
  static func gtins(of ids: Query) -> Query {
    """
    ARRAY(SELECT right(replace(i.id::text, '-', ''), 14)
                    FROM (\(ids)) i
                   WHERE catalog.page_of_gtin(right(replace(i.id::text, '-', ''), 14)) = i.id
                   ORDER BY i.id)
    """
  }
}
