internal import Platform
internal import Postgres

/// The offers of a product page, for shoppers. Which variants they are follows from the variants themselves, at the
/// moment of the read: see docs/decisions/product-pages.md.
enum PageOffers {
  /// A page with more leaves out those that come last: the best offer of each seller comes before the second ones.
  static let offersMax = 200
  /// So many offers of sellers who have as many as they can are read before the best ones are known.
  private static let readMax = offersMax * GTIN.variantsOfSellerMax

  /// The rows, to be called `o`: none when there is no such page, or when nobody offers anything on it.
  /// - Parameters:
  ///   - asked: an expression with the id of the page, or of one that is merged into it; NULL for none.
  ///   - channel: the channel that shows the products; nil for the whole shop.
  static func rows(of asked: Query, in channel: ShopChannel?) -> Query {
    """
    (WITH RECURSIVE asked AS MATERIALIZED (
              SELECT \(asked)::uuid AS id
            ), page AS MATERIALIZED (
              SELECT a.id AS asked_id, coalesce(g.merged_into, a.id) AS id
                FROM asked a
                LEFT JOIN catalog.product_page g ON g.id = a.id
            ), part AS MATERIALIZED (
              SELECT b.id FROM page b
               UNION ALL
              SELECT g.id FROM page b JOIN catalog.product_page g ON g.merged_into = b.id
            ), \(owners), \(shown(in: channel)), \(priced), source AS MATERIALIZED (
              SELECT x.product_id, x.currency
                FROM priced x
               ORDER BY x.product_id IS DISTINCT FROM (SELECT g.chosen_product_id
                                                         FROM page b JOIN catalog.product_page g ON g.id = b.id),
                        x.since, x.product_id
               LIMIT 1
            ), ranked AS MATERIALIZED (
              SELECT x.*, \(rank) AS rank, c.product_id AS source_id FROM priced x CROSS JOIN source c
            ), placed AS MATERIALIZED (
              SELECT x.*, row_number() OVER (PARTITION BY x.seller_id ORDER BY x.rank, x.price_minor, x.variant_id)
                            AS place_of_seller
                FROM ranked x
            ), best AS MATERIALIZED (
              SELECT x.*
                FROM placed x
               ORDER BY x.place_of_seller, x.rank, x.price_minor, x.seller_name COLLATE "C", x.variant_id
               LIMIT \(offersMax)
            )
            SELECT x.*, b.id AS page_id, b.asked_id,
                   \(ProductPageColumns.gtins(of: "SELECT q.id FROM part q")) AS gtins
              FROM best x CROSS JOIN page b) o
    """
  }

  /// Who has variants of the page's GTINs: an index is asked for one seller after another, whatever each of them has.
  private static var owners: Query {
    """
    owner AS (
              SELECT q.id AS part_id, n.seller_id
                FROM part q
               CROSS JOIN LATERAL (SELECT v.seller_id
                                     FROM catalog.variant v
                                    WHERE v.gtin IS NOT NULL AND catalog.page_of_gtin(v.gtin) = q.id
                                    ORDER BY v.seller_id
                                    LIMIT 1) n
               UNION ALL
              SELECT w.part_id, n.seller_id
                FROM owner w
               CROSS JOIN LATERAL (SELECT v.seller_id
                                     FROM catalog.variant v
                                    WHERE v.gtin IS NOT NULL AND catalog.page_of_gtin(v.gtin) = w.part_id
                                      AND v.seller_id > w.seller_id
                                    ORDER BY v.seller_id
                                    LIMIT 1) n
            )
    """
  }

  /// The variants on the page that everybody sees: what staff have joined, and a few of each seller.
  private static func shown(in channel: ShopChannel?) -> Query {
    """
    shown AS MATERIALIZED (
              SELECT m.*, s.name AS seller_name
                FROM (SELECT \(offer(in: channel)), \(sinceOfJoined) AS since
                        FROM part q
                        JOIN catalog.page_placement m ON m.page_id = q.id AND m.is_joined
                        JOIN catalog.variant v ON v.id = m.variant_id
                        JOIN catalog.product p ON p.id = v.product_id AND p.status = 'active'
                        \(channel.listing)
                       WHERE \(channel.shows)
                       UNION ALL
                      SELECT n.*
                        FROM owner w
                       CROSS JOIN page b
                       CROSS JOIN LATERAL (
                         SELECT \(offer(in: channel)), \(since) AS since
                           FROM catalog.variant v
                           JOIN catalog.product p ON p.id = v.product_id AND p.status = 'active'
                           \(channel.listing)
                          WHERE v.gtin IS NOT NULL AND catalog.page_of_gtin(v.gtin) = w.part_id
                            AND v.seller_id = w.seller_id AND \(channel.shows)
                            AND NOT EXISTS (SELECT FROM catalog.page_placement m
                                             WHERE m.variant_id = v.id
                                               AND (m.is_joined OR m.page_id IN (w.part_id, b.id)))
                          ORDER BY v.id
                          LIMIT \(GTIN.variantsOfSellerMax)) n) m
                JOIN catalog.seller s ON s.id = m.seller_id AND NOT s.is_hidden
               LIMIT \(readMax)
            )
    """
  }

  private static func offer(in channel: ShopChannel?) -> Query {
    """
    v.id AS variant_id, v.price_minor, v.currency, p.id AS product_id, p.slug AS product_slug, p.seller_id,
                             \(channel.buyableFrom) AS buyable_from
    """
  }

  /// Since when a variant is on the page, whose texts are those of the first one.
  private static var since: Query { "catalog.gtin_since(v.id, v.gtin_set_at)" }

  /// The same of one that staff have joined, which may have been there before.
  private static var sinceOfJoined: Query {
    "least(m.placed_at, CASE WHEN v.gtin IS NOT NULL AND catalog.page_of_gtin(v.gtin) = q.id THEN \(since) END)"
  }

  /// What one of each costs everybody now, as in a quote, and whether there are any: the price in the seller's list for
  /// all segments and channels, if there is one, or else the own price.
  private static var priced: Query {
    """
    priced AS MATERIALIZED (
              SELECT x.variant_id, x.product_id, x.product_slug, x.since, x.seller_id, x.seller_name, x.currency,
                     coalesce(\(scheduled(in: "l.id")), \(present(in: "l.id")), \(scheduled(in: "x.variant_id")),
                              x.price_minor) AS price_minor,
                     x.buyable_from,
                     (x.buyable_from IS NULL OR x.buyable_from <= now()) AND coalesce(k.is_in_stock, false)
                       AS is_in_stock
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
