internal import Platform
internal import Postgres
internal import Pricing

/// How the shop computes tax, and what it knows of a buyer at a destination: one row.
struct ShopTaxation {
  let taxation: Taxation
  let shippingMode: String
  let shippingCategory: String
  let homeCountry: String
  /// Whether the price without tax stays at other destinations.
  let keepsNet: Bool
  /// The day in the time zone of the shop.
  let day: String
  /// The exemption of the buyer there.
  let exemption: ID?
  /// Whether the authorities know the buyer's number; nil when they have not said so lately.
  let isRegistered: Bool?

  static nonisolated(nonsending) func read(
    _ destination: TaxedDestination, _ user: ID?, _ number: EnteredBuyerNumber, at time: Instant,
    in runner: some QueryRunner
  ) async throws -> ShopTaxation {
    let query = query(destination, user, number.plain, at: time)
    guard let row = try await runner.rows(query).first else {
      throw PostgresError.mapping("there are no settings of taxes")
    }
    let exemption = try row.optionalID("exemption_id")
    let isRegistered = try row.optionalString("is_registered").map { $0 == "t" }
    return ShopTaxation(
      taxation: Taxation(
        pricesIncludeTax: try row.bool("prices_include_tax"), level: try row.level(), rounding: try row.rounding()),
      shippingMode: try row.string("shipping_tax"), shippingCategory: try row.string("shipping_category"),
      homeCountry: try row.string("home_country"), keepsNet: try row.string("price_basis") == "net",
      day: try row.string("day"), exemption: exemption, isRegistered: isRegistered)
  }

  static func query(
    _ destination: TaxedDestination, _ user: ID?, _ number: String?, at time: Instant
  ) -> Query {
    """
    SELECT s.prices_include_tax, s.rounding_level, s.rounding_mode, s.shipping_tax, s.shipping_category,
           s.home_country, s.price_basis, d.day::text AS day, x.id AS exemption_id,
           (SELECT c.is_registered FROM taxes.checked_number c
             WHERE c.tax_number = \(number)::text AND c.expires_at > \(time)) AS is_registered
      FROM taxes.settings s
     CROSS JOIN LATERAL (SELECT (\(time)::timestamptz AT TIME ZONE s.time_zone)::date AS day) d
      LEFT JOIN LATERAL (
        SELECT e.id
          FROM (SELECT u.* FROM taxes.exemption u WHERE u.user_id = \(user)::uuid
                 UNION ALL SELECT n.* FROM taxes.exemption n WHERE n.tax_number = \(number)::text) e
         WHERE e.valid_until >= d.day
           AND (e.areas = '[]'
                OR EXISTS (SELECT FROM jsonb_array_elements(e.areas) a
                            WHERE a ->> 'country' = \(destination.country)
                              AND coalesce(a ->> 'region', '') IN ('', \(destination.region))))
         ORDER BY e.id
         LIMIT 1) x ON true
     WHERE s.id = 1
    """
  }
}

extension Row {
  fileprivate func level() throws(PostgresError) -> Taxation.RoundingLevel {
    switch try string("rounding_level") {
    case "unit": .unit
    case "order": .order
    default: .line
    }
  }

  fileprivate func rounding() throws(PostgresError) -> Rounding {
    switch try string("rounding_mode") {
    case "half_even": .halfEven
    case "down": .down
    case "up": .up
    default: .halfUp
    }
  }
}
