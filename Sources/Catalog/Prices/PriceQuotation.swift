internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// What variants cost at a time, and why: see docs/decisions/prices.md.
struct PriceQuotation {
  private static let linesMax = 100
  private static let quantities: ClosedRange<Int32> = 1...1_000_000

  private let variants: [ID]
  private let lineQuantities: [Int32]
  private let channelCode: String
  /// The channel of that code, which shows products; nil without one.
  var channel: ShopChannel?
  private let currency: String?
  private let segment: String
  /// The sellers whose products the caller manages.
  private let managed: SellerAccess
  /// Nil for the present of the database.
  private let time: Instant?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: QuotePricesRequest, for caller: Caller, at time: Instant? = nil) throws {
    var check = RequestCheck()
    self.time = time
    managed = caller.permissions.contains(.catalogRead) ? caller.sellers : .none
    channelCode = check.code(request.channel, "channel")
    currency = check.currency(request.currency, "currency")?.code
    segment = check.code(request.segment, "segment")
    let count = request.lines.count
    check.require(
      (1...Self.linesMax).contains(count), "lines", "Must have 1 to \(Self.linesMax) elements, and has \(count).")
    let lines = request.lines.prefix(Self.linesMax)
    variants = lines.enumerated().map { check.id($1.variantID, "lines[\($0)].variant_id") }
    lineQuantities = lines.map(\.quantity)
    for (index, quantity) in lineQuantities.enumerated() {
      check.require(
        Self.quantities.contains(quantity), "lines[\(index)].quantity",
        "Must be from \(Self.quantities.lowerBound) to \(Self.quantities.upperBound).")
    }
    try check.verify()
  }

  /// The quote of each line, in their order: without a product when there is no such variant, and without a price when
  /// it has none.
  ///
  /// The innermost rows are the prices that hold: of each list and quantity one, the scheduled one if there is one.
  var query: Query {
    """
    SELECT q.variant_id, v.product_id, q.quantity, b.price_minor AS "unit_price.amount_minor",
           b.currency AS "unit_price.currency", b.id AS "reason.price_id",
           b.price_list_id AS "reason.price_list_id", b.title AS "reason.price_list_title",
           b.quantity_min AS "reason.quantity_min", b.is_scheduled AS "reason.is_scheduled",
           nullif(b.ends_at, 'infinity') AS "reason.end_time",
           h.lowest_minor AS "prior_price.amount_minor",
           CASE WHEN h.lowest_minor IS NOT NULL THEN b.currency END AS "prior_price.currency"
      FROM unnest(\(variants)::uuid[], \(lineQuantities)::int[]) WITH ORDINALITY q (variant_id, quantity, place)
     CROSS JOIN (SELECT coalesce(\(time)::timestamptz, now()) AS at) t
      LEFT JOIN (catalog.variant v
                 JOIN catalog.product p ON p.id = v.product_id
                 JOIN catalog.seller s ON s.id = v.seller_id
                 \(channel.listing))
        ON v.id = q.variant_id
           AND (p.status = 'active' AND NOT s.is_hidden AND \(channel.shows) OR \(managed.covers("v.seller_id")))
      LEFT JOIN LATERAL (
        SELECT o.*
          FROM (SELECT DISTINCT ON (r.price_list_id, r.quantity_min)
                       r.id, r.price_list_id, l.title, coalesce(l.segment, '') AS segment,
                       coalesce(l.channel, '') AS channel, r.quantity_min, r.price_minor, r.currency, r.is_scheduled,
                       least(r.ends_at, l.ends_at) AS ends_at
                  FROM catalog.price r
                  LEFT JOIN catalog.price_list l ON l.id = r.price_list_id
                 WHERE r.variant_id = v.id AND r.ends_at > t.at AND r.starts_at <= t.at
                   AND r.quantity_min <= q.quantity
                   AND r.currency = coalesce(\(currency ?? channel?.currency)::text, v.currency)
                   AND (l.id IS NULL
                        OR l.starts_at <= t.at AND l.ends_at > t.at AND l.channel IN ('', \(channelCode))
                           AND (l.segment = '' OR l.segment = \(segment) AND \(managed.covers("l.seller_id"))))
                 ORDER BY r.price_list_id, r.quantity_min, r.is_scheduled DESC) o
         ORDER BY o.segment <> '' DESC, o.channel <> '' DESC, o.price_list_id IS NULL, o.price_minor,
                  o.quantity_min DESC
         LIMIT 1) b ON true
      LEFT JOIN LATERAL catalog.prior_price(v.id, \(channelCode), b.currency, t.at) h
        ON b.segment = '' AND b.quantity_min = 1 AND h.lowest_minor > b.price_minor
     ORDER BY q.place
    """
  }

  /// The outcome of a line.
  func outcome(_ quote: PriceQuote, in arena: Arena) -> QuoteOutcome {
    let outcome = QuoteOutcome(in: arena)
    if quote.productID.isEmpty {
      let refused = RowRefusal(CatalogError.noSuchVariant(quote.variantID.string), field: "variant_id")
      outcome.outcome = .refusal(refused.priceRefusal(in: arena))
    } else if quote.unitPrice == nil {
      outcome.outcome = .refusal(RowRefusal(CatalogError.priceNotSet, field: "variant_id").priceRefusal(in: arena))
    } else {
      outcome.outcome = .quote(quote)
    }
    return outcome
  }
}
