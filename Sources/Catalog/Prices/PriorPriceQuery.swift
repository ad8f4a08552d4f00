internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The question what everybody pays for one of a variant, and what it was before.
struct PriorPriceQuery {
  private let variant: ID?
  private let channel: String
  private let currency: String?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListPriceHistoryRequest, for caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    variant = check.optionalID(request.variantID, "variant_id")
    channel = check.code(request.channel, "channel")
    currency = check.currency(request.currency, "currency")?.code
    try check.verify()
  }

  /// Nil when no variant is asked for.
  var query: Query? {
    guard let variant else { return nil }
    return """
      SELECT h.price_minor AS "price.amount_minor", c.code AS "price.currency", h.starts_at AS start_time,
             h.lowest_minor AS "lowest_price.amount_minor",
             CASE WHEN h.lowest_minor IS NOT NULL THEN c.code END AS "lowest_price.currency"
        FROM catalog.variant v
       CROSS JOIN LATERAL (SELECT coalesce(\(currency)::text, v.currency) AS code) c
       CROSS JOIN LATERAL catalog.prior_price(v.id, \(channel), c.code, now()) h
       WHERE v.id = \(variant) AND h.price_minor IS NOT NULL AND \(sellers.covers("v.seller_id"))
      """
  }
}

extension RequestCheck {
  private static let codeCharactersMax = 50

  /// A field with the code of a channel or a segment; empty for none.
  mutating func code(_ text: Text, _ field: String, isRequired: Bool = false) -> String {
    slug(text, field, upTo: Self.codeCharactersMax, isRequired: isRequired)?.text ?? ""
  }
}
