internal import Platform
internal import Postgres

/// The offers of a product page, for shoppers. Which variants they are follows from the variants themselves, at the
/// moment of the read: see docs/decisions/product-pages.md.
enum PageOffers {
  /// A page with more leaves out those whose variants were created last.
  static let offersMax = 200

  /// The rows, to be called `o`: none when there is no such page, or when nobody offers anything on it.
  /// - Parameter asked: an expression with the id of the page, or of one that is merged into it; NULL for none.
  static func rows(of asked: Query) -> Query {
    """
    (WITH asked AS MATERIALIZED (
              SELECT \(asked)::uuid AS id
            ), page AS MATERIALIZED (
              SELECT a.id AS asked_id, coalesce(g.merged_into, a.id) AS id
                FROM asked a
                LEFT JOIN catalog.product_page g ON g.id = a.id
            ), part AS MATERIALIZED (
              SELECT b.id FROM page b
               UNION ALL
              SELECT g.id FROM page b JOIN catalog.product_page g ON g.merged_into = b.id
            ), \(shown), \(priced), source AS MATERIALIZED (
              SELECT x.product_id, x.currency
                FROM priced x
               ORDER BY x.product_id IS DISTINCT FROM (SELECT g.chosen_product_id
                                                         FROM page b JOIN catalog.product_page g ON g.id = b.id),
                        x.created_at, x.product_id
               LIMIT 1
            )
            SELECT x.*, \(rank) AS rank, c.product_id AS source_id, b.id AS page_id, b.asked_id,
                   \(ProductPageColumns.gtins(of: "SELECT q.id FROM part q")) AS gtins
              FROM priced x CROSS JOIN source c CROSS JOIN page b) o
    """
  }

  /// The variants on the page that everybody sees.
  private static var shown: Query {
    """
    member AS MATERIALIZED (
              SELECT v.id, v.product_id, v.price_minor, v.currency
                FROM page b
               CROSS JOIN part q
                JOIN catalog.variant v ON v.gtin IS NOT NULL AND catalog.page_of_gtin(v.gtin) = q.id
               WHERE NOT EXISTS (SELECT FROM catalog.page_placement m
                                  WHERE m.variant_id = v.id AND (m.is_joined OR m.page_id IN (q.id, b.id)))
               UNION ALL
              SELECT v.id, v.product_id, v.price_minor, v.currency
                FROM part q
                JOIN catalog.page_placement m ON m.page_id = q.id AND m.is_joined
                JOIN catalog.variant v ON v.id = m.variant_id
            ), shown AS MATERIALIZED (
              SELECT m.id AS variant_id, p.id AS product_id, p.slug AS product_slug, p.created_at, s.id AS seller_id,
                     s.name AS seller_name, m.price_minor, m.currency,
                     p.buyable_from IS NULL OR p.buyable_from <= now() AS is_buyable
                FROM member m
                JOIN catalog.product p ON p.id = m.product_id AND p.status = 'active'
                JOIN catalog.seller s ON s.id = p.seller_id AND NOT s.is_hidden
               ORDER BY m.id
               LIMIT \(offersMax)
            )
    """
  }

  /// What one of each costs everybody now, as in a quote, and whether there are any: the price in the seller's list for
  /// all segments and channels, if there is one, or else the own price.
  private static var priced: Query {
    """
    priced AS MATERIALIZED (
              SELECT x.variant_id, x.product_id, x.product_slug, x.created_at, x.seller_id, x.seller_name, x.currency,
                     coalesce(\(scheduled(in: "l.id")), \(present(in: "l.id")), \(scheduled(in: "x.variant_id")),
                              x.price_minor) AS price_minor,
                     x.is_buyable AND coalesce(k.is_in_stock, false) AS is_in_stock
                FROM shown x
                LEFT JOIN inventory.stock_summary k ON k.variant_id = x.variant_id
                LEFT JOIN LATERAL (\(list)) l ON true
            )
    """
  }

  /// The list of the seller of `x`. A seller has one at a time: of those that have not ended, the one that ends first
  /// holds, or none does.
  private static var list: Query {
    """
    SELECT e.id
                       FROM (SELECT o.id, o.starts_at
                               FROM catalog.price_list o
                              WHERE o.seller_id = x.seller_id AND o.currency = x.currency AND o.segment = ''
                                AND o.channel = '' AND o.deleted_at IS NULL AND o.ends_at > now()
                              ORDER BY o.ends_at
                              LIMIT 1) e
                      WHERE e.starts_at <= now()
    """
  }

  /// The scheduled price of `x` that holds. Those of one list do not overlap either.
  /// - Parameter list: the id of the list; that of the variant for its own price.
  private static func scheduled(in list: Query) -> Query {
    """
    (SELECT e.price_minor
                                 FROM (SELECT r.price_minor, r.starts_at
                                         FROM catalog.price r
                                        WHERE r.variant_id = x.variant_id
                                          AND coalesce(r.price_list_id, r.variant_id) = \(list) AND r.quantity_min = 1
                                          AND r.is_scheduled AND r.starts_at < r.ends_at AND r.ends_at > now()
                                          AND r.currency = x.currency
                                        ORDER BY r.ends_at
                                        LIMIT 1) e
                                WHERE e.starts_at <= now())
    """
  }

  /// The price of `x` in a list that holds when none is scheduled.
  private static func present(in list: Query) -> Query {
    """
    (SELECT r.price_minor
                                 FROM catalog.price r
                                WHERE r.variant_id = x.variant_id
                                  AND coalesce(r.price_list_id, r.variant_id) = \(list) AND r.quantity_min = 1
                                  AND r.ends_at = 'infinity')
    """
  }

  /// What counts before the price: stock, and whether the prices can be compared.
  private static var rank: Query {
    "CASE WHEN x.is_in_stock THEN 0 ELSE 2 END + CASE WHEN x.currency = c.currency THEN 0 ELSE 1 END"
  }

  /// The ranking. Where shipping costs are known, they are added to the price here; where sellers have a score, it
  /// comes between the price and the name.
  static var order: ListOrder {
    ListOrder(
      "best", .sort(atMost: offersMax), by: .number("o.rank"), .number("o.price_minor", in: "price.amount_minor"),
      .text("o.seller_name", in: "seller_name"), .id("o.variant_id", in: "variant_id"))
  }
}
