internal import Platform
internal import Postgres
internal import Pricing

/// The rates of a destination and of the country of the shop on a day, for some tax categories.
struct RateCandidates {
  /// A rate, and what decides whether it is charged.
  struct Candidate {
    let rate: TaxRate
    let title: String
    let country: String
    let place: Int64
    let category: String
    let isForShipping: Bool
    /// Greater for a more specific area.
    let specificity: Int64

    fileprivate func isBefore(_ other: Candidate) -> Bool {
      specificity != other.specificity ? specificity > other.specificity : !category.isEmpty && other.category.isEmpty
    }
  }

  let all: [Candidate]

  /// The rates that are charged in a country on goods of a category: of each place the one of the most specific area,
  /// and of several of that area the one of the category.
  func charged(in country: String, on category: String, shipping: Bool) -> [TaxRate] {
    var chosen: [Int64: Candidate] = [:]
    for candidate in all where candidate.country == country && (candidate.isForShipping || !shipping) {
      guard candidate.category.isEmpty || candidate.category == category else { continue }
      if let other = chosen[candidate.place], !candidate.isBefore(other) { continue }
      chosen[candidate.place] = candidate
    }
    return chosen.values.sorted { $0.place < $1.place }.map(\.rate)
  }

  /// What invoices call the rates.
  var titles: [ID: String] { Dictionary(all.map { ($0.rate.id, $0.title) }) { first, _ in first } }

  static nonisolated(nonsending) func read(
    _ destination: TaxedDestination, home: String, _ categories: Set<String>, on day: String,
    in runner: some QueryRunner
  ) async throws -> RateCandidates {
    let rows = try await runner.rows(query(destination, home: home, categories.sorted(), on: day))
    return RateCandidates(
      all: try rows.map { row in
        Candidate(
          rate: TaxRate(
            try row.id("id"), millionths: try row.int64("rate_millionths"), isCompound: try row.bool("is_compound")),
          title: try row.string("title"), country: try row.string("country"), place: try row.int64("place"),
          category: try row.string("category"), isForShipping: try row.bool("applies_to_shipping"),
          specificity: try row.int64("specificity"))
      })
  }

  /// A code that begins with a text between `postal_from` and `postal_to` does not come before `postal_from`.
  static func query(
    _ destination: TaxedDestination, home: String, _ categories: [String], on day: String
  ) -> Query {
    let code = String(PlainPostalCode.of(destination.postalCode).prefix(PlainPostalCode.charactersMax))
    let columns: Query = """
      r.id, r.title, r.country, r.place::bigint AS place, r.category, r.rate_millionths, r.is_compound,
             r.applies_to_shipping, length(r.postal_from)::bigint * 2 + (r.region <> '')::int AS specificity
      """
    let holds: Query = """
      (r.category = '' OR r.category = ANY (\(categories)::text[]))
         AND \(day)::date BETWEEN r.valid_from AND r.valid_until
      """
    return """
      SELECT \(columns)
        FROM taxes.tax_rate r
       WHERE r.country = \(destination.country) AND r.region IN ('', \(destination.region))
         AND r.postal_from <= \(code)
         AND length(r.postal_from) <= length(\(code)::text)
         AND left(\(code), length(r.postal_from)) BETWEEN r.postal_from AND r.postal_to AND \(holds)
       UNION ALL
      SELECT \(columns)
        FROM taxes.tax_rate r
       WHERE r.country = \(home) AND r.country <> \(destination.country) AND r.region = '' AND r.postal_from = ''
         AND \(holds)
      """
  }
}
