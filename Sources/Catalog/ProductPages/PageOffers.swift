internal import Platform
internal import Postgres

/// The offers of a product page, for shoppers. Which variants they are follows from the variants themselves, at the
/// moment of the read: see docs/decisions/product-pages.md.
enum PageOffers {
  /// A page with more leaves out those whose variants were created last.
  static let offersMax = 200

  /// The rows, to be called `o`: none when there is no such page, or when nobody offers anything on it.
  /// - Parameters:
  ///   - asked: an expression with the id of the page, or of one that is merged into it; NULL for none.
  ///   - channel: the channel that shows the products; nil for the whole shop.
  static func rows(of asked: Query, in channel: ShopChannel?) -> Query {
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
            ), \(shown(in: channel)), \(priced), source AS MATERIALIZED (
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
  private static func shown(in channel: ShopChannel?) -> Query {
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
                     \(channel.buyableFrom) AS buyable_from
                FROM member m
                JOIN catalog.product p ON p.id = m.product_id AND p.status = 'active'
                JOIN catalog.seller s ON s.id = p.seller_id AND NOT s.is_hidden
                \(channel.listing)
               WHERE \(channel.shows)
               ORDER BY m.id
               LIMIT \(offersMax)
            )
    """
  }

  /// What they cost everybody now, and whether there are any.
  private static var priced: Query {
    """
    priced AS MATERIALIZED (
              SELECT x.variant_id, x.product_id, x.product_slug, x.created_at, x.seller_id, x.seller_name, x.currency,
                     coalesce((SELECT r.price_minor
                                 FROM catalog.price r
                                WHERE r.variant_id = x.variant_id AND r.price_list_id IS NULL AND r.is_scheduled
                                  AND r.currency = x.currency AND r.starts_at <= now() AND r.ends_at > now()
                                LIMIT 1), x.price_minor) AS price_minor,
                     x.buyable_from,
                     (x.buyable_from IS NULL OR x.buyable_from <= now()) AND coalesce(k.is_in_stock, false)
                       AS is_in_stock
                FROM shown x
                LEFT JOIN inventory.stock_summary k ON k.variant_id = x.variant_id
            )
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
