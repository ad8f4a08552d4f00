internal import Platform
internal import Postgres
internal import Protobuf
internal import TaxesAPI

/// Rates of tax, inside a unit of work. Each change is recorded.
struct TaxRateStore {
  static let type = TaxRate.descriptor.fullName
  private static let topic = "taxes.tax_rate"
  /// Rates of a country: of all postal codes of a large one.
  static let ratesMax = 50_000
  /// Places of a country with compound rates on a day: Pricing computes no more of them exactly.
  static let compoundPlacesMax = 2

  let work: Work

  /// - Throws: ``TaxesError/noSuchRate(_:)``; ``StaleETag`` when the rate has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState) async throws -> TaxRate {
    let query: Query = "SELECT \(TaxRateColumns.rate) FROM taxes.tax_rate r WHERE r.id = \(id) FOR NO KEY UPDATE"
    guard let found = try await work.first(TaxRate.self, query), let etag = ETag(found.etag.string) else {
      throw TaxesError.noSuchRate(id.description)
    }
    try state.verify(etag.version, of: Self.type, id)
    return found
  }

  /// - Throws: ``TaxesError``.
  func create(_ scope: TaxRateScope, _ fields: TaxRateFields) async throws -> TaxRate {
    lockCountry(scope.country)
    let id = ID.made(at: work.now)
    let query: Query = """
      INSERT INTO taxes.tax_rate AS r (id, title, country, region, postal_from, postal_to, category, rate_millionths,
                                       place, is_compound, applies_to_shipping, valid_from, valid_until)
      SELECT \(id), \(fields.title), \(scope.country), \(scope.region), \(scope.postalFrom), \(scope.postalTo),
             \(scope.category), \(fields.millionths), \(scope.place), \(fields.isCompound),
             \(fields.appliesToShipping), \(fields.validFrom)::date, \(fields.validUntil)::date
       WHERE (SELECT count(*) FROM taxes.tax_rate o WHERE o.country = \(scope.country)) < \(Self.ratesMax)
      RETURNING \(TaxRateColumns.rate)
      """
    guard let made = try await work.first(TaxRate.self, query) else {
      throw TaxesError.tooManyRates(most: Self.ratesMax)
    }
    try await verify(id)
    try record("create", "created", id, before: nil, after: made)
    return made
  }

  /// Fields that the mask does not name stay as they are.
  /// - Throws: ``TaxesError``; INVALID_ARGUMENT when it would end before its first day.
  func update(_ before: TaxRate, _ id: ID, _ fields: TaxRateFields, _ mask: UpdateMask) async throws -> TaxRate {
    func named<Value>(_ value: Value, _ field: String) -> Value? { mask.contains(field) ? value : nil }
    lockCountry(before.area?.country.string ?? "")
    let query: Query = """
      UPDATE taxes.tax_rate r
         SET title = coalesce(\(named(fields.title, "title"))::text, r.title),
             rate_millionths = coalesce(\(named(fields.millionths, "percent"))::bigint, r.rate_millionths),
             is_compound = coalesce(\(named(fields.isCompound, "is_compound"))::boolean, r.is_compound),
             applies_to_shipping =
               coalesce(\(named(fields.appliesToShipping, "applies_to_shipping"))::boolean, r.applies_to_shipping),
             valid_from = coalesce(\(named(fields.validFrom, "valid_from"))::date, r.valid_from),
             valid_until = coalesce(\(named(fields.validUntil, "valid_until"))::date, r.valid_until),
             version = r.version + 1, updated_at = clock_timestamp()
       WHERE r.id = \(id)
      RETURNING \(TaxRateColumns.rate)
      """
    let updated = try await expecting(["taxes.tax_rate_does_not_end_before_its_start": Self.endsTooEarly]) {
      try await work.first(TaxRate.self, query)
    }
    guard let after = updated else { throw TaxesError.noSuchRate(id.description) }
    try await verify(id)
    try record("update", "updated", id, before: before, after: after)
    return after
  }

  /// Deletes a rate that is locked.
  func delete(_ before: TaxRate, _ id: ID) throws {
    work.sendRequirement(
      "DELETE FROM taxes.tax_rate r WHERE r.id = \(id) RETURNING r.id", rows: 1, "a rate was not deleted")
    try record("delete", "deleted", id, before: before, after: nil)
  }

  private static var endsTooEarly: any Error {
    var check = RequestCheck()
    check.refuse("tax_rate.valid_until", "Must not be before valid_from.")
    do {
      try check.verify()
    } catch {
      return error
    }
    return TaxesError.noSuchRate("")
  }

  /// Lets one work at a time write the rates of a country, so that each sees those before it.
  private func lockCountry(_ country: String) {
    work.send("SELECT pg_advisory_xact_lock(hashtext('taxes.tax_rate'), hashtext(\(country)))")
  }

  /// Verifies that a rate that was written goes with those of its country.
  /// - Throws: ``TaxesError/rateExists(_:)``, ``TaxesError/tooManyCompoundRates(most:)``.
  private func verify(_ id: ID) async throws {
    let rows = try await work.rows(Self.conflicts(of: id), access: .write)
    guard let row = rows.first else { return }
    if let other = try row.optionalString("other") { throw TaxesError.rateExists(other) }
    if try row.int64("compound_places") > Int64(Self.compoundPlacesMax) {
      throw TaxesError.tooManyCompoundRates(most: Self.compoundPlacesMax)
    }
  }

  /// Two ranges of postal codes of one length would be equally specific.
  static func conflicts(of id: ID) -> Query {
    """
    SELECT (SELECT min(o.id::text)
              FROM taxes.tax_rate o
             WHERE o.country = r.country AND o.region = r.region AND o.category = r.category AND o.place = r.place
               AND length(o.postal_from) = length(r.postal_from) AND o.postal_from <= r.postal_to
               AND o.postal_to >= r.postal_from AND o.valid_from <= r.valid_until AND o.valid_until >= r.valid_from
               AND o.id <> r.id) AS other,
           (SELECT count(DISTINCT o.place)
              FROM taxes.tax_rate o
             WHERE r.is_compound AND o.country = r.country AND o.is_compound AND o.valid_from <= r.valid_until
               AND o.valid_until >= r.valid_from) AS compound_places
      FROM taxes.tax_rate r
     WHERE r.id = \(id)
    """
  }

  private func record(_ action: String, _ event: String, _ id: ID, before: TaxRate?, after: TaxRate?) throws {
    try work.audit("taxes.tax_rate.\(action)", on: Self.type, id, before: before, after: after)
    guard let rate = after ?? before else { return }
    work.publish(try NewEvent(Self.topic, event, of: id, payload: rate))
  }
}
