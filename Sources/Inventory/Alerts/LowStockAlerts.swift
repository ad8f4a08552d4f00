internal import Identity
internal import Platform
internal import Postgres

/// E-mails to sellers about variants that have become low on stock: one for each time that a variant does. Those of one
/// seller that are found together are in one e-mail.
struct LowStockAlerts {
  /// The variants that an e-mail names.
  private static let namedMax = 20

  let mailer: any StockMailer

  var consumer: Consumer { Consumer("inventory.low_stock_alerts", of: [StockChanges.topicName], body: alert) }

  @Sendable private nonisolated(nonsending) func alert(_ events: [LoggedEvent], _ work: Work) async throws {
    try await tell(of: Set(events.map(\.key)).sorted(), in: work)
  }

  /// Sends the e-mails about those of these variants that have become low on stock since the last ones.
  nonisolated(nonsending) func tell(of variants: [ID], in work: Work) async throws {
    let rows = try await work.rows(Self.newAlerts(about: variants, at: work.now), access: .write)
    var bySeller: [ID: [StockEmail.LowVariant]] = [:]
    for row in rows {
      let seller = try row.id("seller_id")
      let name = VariantName(
        product: try row.string("product_title"), variant: try row.string("variant_title"), sku: try row.string("sku"))
      let low = StockEmail.LowVariant(
        name: name.withSKU, available: try row.int64("available"), threshold: try row.int64("low_stock_threshold"))
      bySeller[seller, default: []].append(low)
    }
    guard !bySeller.isEmpty else { return }
    let people = try await IdentityModule.recipients(ofShops: bySeller.keys.sorted(), in: work)
    for (seller, low) in bySeller.sorted(by: { $0.key < $1.key }) {
      let email = StockEmail.lowStock(
        Array(low.prefix(Self.namedMax)), others: max(low.count - Self.namedMax, 0))
      for person in people[seller] ?? [] { try await mailer.send(email, to: person, in: work) }
    }
  }

  /// Records an alert for each variant that is low on stock, and was not when the last alert about it was recorded.
  static func newAlerts(about variants: [ID], at now: Instant) -> Query {
    """
    WITH new AS (
      INSERT INTO inventory.low_stock_alert AS a (variant_id, seller_id, crossing, alerted_at)
      SELECT r.variant_id, r.seller_id, r.crossings, \(now)::timestamptz
        FROM inventory.stock_rules r
       WHERE r.variant_id = ANY (\(variants)::uuid[]) AND r.is_low
          ON CONFLICT ON CONSTRAINT low_stock_alert_pkey DO UPDATE
             SET crossing = excluded.crossing, alerted_at = excluded.alerted_at
           WHERE a.crossing < excluded.crossing
      RETURNING a.variant_id
    )
    SELECT s.seller_id, inventory.available(s.on_hand, s.reserved, s.safety_stock) AS available,
           r.low_stock_threshold, v.product_title, v.variant_title, v.sku
      FROM new n
      JOIN inventory.stock s ON s.variant_id = n.variant_id
      JOIN inventory.stock_rules r ON r.variant_id = n.variant_id
      JOIN catalog.names_of_variants(\(variants)::uuid[]) v ON v.variant_id = n.variant_id
     ORDER BY s.seller_id, available, s.variant_id
    """
  }
}

/// What people call a variant.
struct VariantName {
  let product: String
  let variant: String
  let sku: String

  /// For shoppers: `Lamp (blue)`.
  var forShoppers: String { variant.isEmpty ? product : "\(product) (\(variant))" }
  /// For sellers: `LAMP-1: Lamp (blue)`.
  var withSKU: String { "\(sku): \(forShoppers)" }
}
