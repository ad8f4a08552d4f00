internal import Platform
internal import Postgres
internal import Protobuf
internal import TaxesAPI

/// How the shop computes tax, as it is set as a whole.
struct TaxSettingsChange {
  private static let type = TaxSettings.descriptor.fullName
  private static let topic = "taxes.settings"
  private static let name = "shop"
  private static let zoneCharactersMax = 100
  private static let wantsZone = "Must be a time zone of the tz database, such as Europe/Berlin."

  let requestID: ID
  private let pricesIncludeTax: Bool
  private let level: String
  private let mode: String
  private let shippingTax: String
  private let shippingCategory: String
  private let homeCountry: String
  private let zone: String
  private let basis: String
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetTaxSettingsRequest, in arena: Arena) throws {
    let settings = request.settings ?? TaxSettings(in: arena)
    var check = RequestCheck()
    pricesIncludeTax = settings.pricesIncludeTax
    level = check.word(
      of: settings.roundingLevel, in: [.unit: "unit", .line: "line", .order: "order"], "settings.rounding_level")
    mode = check.word(
      of: settings.roundingMode, in: [.halfUp: "half_up", .halfEven: "half_even", .down: "down", .up: "up"],
      "settings.rounding_mode")
    shippingTax = check.word(
      of: settings.shippingTax, in: [.asGoods: "as_goods", .ownRates: "own_rates", .none: "none"],
      "settings.shipping_tax")
    shippingCategory = check.taxCategory(settings.shippingCategory, "settings.shipping_category")
    homeCountry = check.taxCountry(settings.homeCountry, "settings.home_country")
    zone = settings.timeZone.utf8Count <= Self.zoneCharactersMax ? settings.timeZone.string : ""
    check.require(CronZone(zone) != nil, "settings.time_zone", Self.wantsZone)
    basis = check.word(of: settings.priceBasis, in: [.net: "net", .gross: "gross"], "settings.price_basis")
    expected = check.etag(settings.etag, "settings.etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``StaleETag``; INVALID_ARGUMENT when the database does not know the time zone.
  func carryOut(in work: Work) async throws -> SetTaxSettingsResponse {
    let before = try await work.first(TaxSettings.self, "\(Self.query) FOR NO KEY UPDATE")
    try expected.verify(ETag(before?.etag.string ?? "")?.version ?? 0, of: Self.type, Self.name)
    let known = try await work.rows("SELECT FROM pg_timezone_names z WHERE z.name = \(zone)", access: .write)
    var check = RequestCheck()
    check.require(!known.isEmpty, "settings.time_zone", Self.wantsZone)
    try check.verify()
    let response = SetTaxSettingsResponse(in: work.arena)
    response.settings = try await work.first(
      TaxSettings.self,
      """
      UPDATE taxes.settings s
         SET prices_include_tax = \(pricesIncludeTax), rounding_level = \(level), rounding_mode = \(mode),
             shipping_tax = \(shippingTax), shipping_category = \(shippingCategory), home_country = \(homeCountry),
             time_zone = \(zone), price_basis = \(basis), version = s.version + 1, updated_at = \(work.now)
       WHERE s.id = 1
      RETURNING \(Self.columns)
      """)
    try work.audit("taxes.settings.set", on: Self.type, Self.name, before: before, after: response.settings)
    if let settings = response.settings {
      work.publish(try NewEvent(Self.topic, "set", of: .none, payload: settings))
    }
    return response
  }

  /// The settings.
  static var query: Query { "SELECT \(columns) FROM taxes.settings s WHERE s.id = 1" }

  private static var columns: Query {
    """
    s.prices_include_tax, s.rounding_level, s.rounding_mode, s.shipping_tax, s.shipping_category, s.home_country,
           s.time_zone, s.price_basis, \(ETag.column("s.version")) AS etag, s.updated_at AS update_time
    """
  }
}

extension RequestCheck {
  /// A field with a value of an enum that must be set, as the database has it.
  fileprivate mutating func word<Value: Hashable>(of value: Value, in words: [Value: String], _ field: String) -> String
  {
    require(words[value] != nil, field, "Must be set, to a value of its enum.")
    return words[value] ?? ""
  }
}
