import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.taxes.v1.TaxService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  /// Rates and settings are the platform's, and so are the exemptions of buyers; sellers read the rates.
  private static let configurers: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]
  private static let readers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union(TestCaller.ofEveryShop)
  private static let userReaders: Set<TestCaller> = [.support, .manager, .admin, .key, .certificate, .keyWithoutAny]

  /// The exemptions of one account.
  private static func exemptions(ofOwn isOwn: Bool) -> AccessCase {
    .list("user_id", own: isOwn ? userReaders : [], others: isOwn ? [] : userReaders) { things in
      let names = [
        try await things.exemption(of: things.account.id), try await things.exemption(of: things.victim.id),
      ]
      let user = isOwn ? things.account.id : things.victim.id
      return AccessRequest(json: "{\"page_size\": 250, \"user_id\": \"\(user)\"}", names: names)
    }
  }

  static let taxes: [AccessRow] = [
    AccessRow(
      service + "CreateTaxRate", configurers, plainFields: ["tax_rate.id"],
      .plain(.ok) { "{\"tax_rate\": \(taxRate($0.requestID)), \"request_id\": \"\($0.requestID)\"}" }),
    AccessRow(
      service + "UpdateTaxRate", configurers,
      .one("tax_rate.id", own: found, absent: missing) { things, whose in
        let id = whose == .absent ? AccessResources.absent : try await things.taxRate()
        return AccessRequest(
          json: "{\"tax_rate\": {\"id\": \"\(id)\", \"title\": \"VAT\"}, \"request_id\": \"\(things.requestID)\"}",
          names: [id])
      }),
    AccessRow(
      service + "DeleteTaxRate", configurers,
      .one("tax_rate_id", own: found, absent: missing) { things, whose in
        let id = whose == .absent ? AccessResources.absent : try await things.taxRate()
        return AccessRequest(
          json: "{\"tax_rate_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    AccessRow(service + "ListTaxRates", readers, .plain(.ok)),
    AccessRow(
      service + "SetTaxCategory", configurers, plainFields: ["subject_id"],
      .plain(.ok) {
        "{\"subject_id\": \"\($0.requestID)\", \"category\": \"reduced\", \"request_id\": \"\($0.requestID)\"}"
      }),
    AccessRow(service + "ListTaxCategories", readers, .plain(.ok)),
    AccessRow(
      service + "CreateTaxExemption", configurers, plainFields: ["tax_exemption.id", "tax_exemption.user_id"],
      .plain(.ok) {
        """
        {"tax_exemption": {"user_id": "\($0.requestID)", "areas": [{"country": "US", "region": "CA"}],
                           "reason": "A school"}, "request_id": "\($0.requestID)"}
        """
      }),
    AccessRow(
      service + "DeleteTaxExemption", configurers,
      .one("tax_exemption_id", own: found, absent: missing) { things, whose in
        let id = whose == .absent ? AccessResources.absent : try await things.exemption(of: things.requestID)
        return AccessRequest(
          json: "{\"tax_exemption_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    AccessRow(
      service + "ListTaxExemptions", userReaders, cases: [exemptions(ofOwn: true), exemptions(ofOwn: false)]),
    AccessRow(
      service + "CalculateTax", TestCaller.everybody, plainFields: ["lines.product_id", "lines.category_ids"],
      .plain(.ok) { _ in
        """
        {"lines": [{"unit_price": {"amount_minor": 100, "currency": "EUR"}, "quantity": 2}],
         "destination": {"country": "DE", "region": "", "postal_code": "10115"},
         "shipping_price": {"amount_minor": 100, "currency": "EUR"}}
        """
      }),
    AccessRow(
      service + "CheckTaxNumber", TestCaller.everybody, .plain(.ok) { _ in "{\"tax_number\": \"DE136695976\"}" }),
    AccessRow(service + "GetTaxSettings", readers, .plain(.ok)),
    AccessRow(
      service + "SetTaxSettings", configurers,
      .plain(.ok) { "{\"settings\": \(taxSettings), \"request_id\": \"\($0.requestID)\"}" }),
  ]

  /// A rate of a category, as JSON.
  static func taxRate(_ category: String) -> String {
    """
    {"title": "MVA", "area": {"country": "NO", "region": "Oslo", "postal_code_from": "01", "postal_code_to": "02"},
     "category": "\(category)", "percent": "25", "order": 1, "valid_from": "2027-01-01", "valid_until": "2027-12-31"}
    """
  }

  /// The settings of a shop, as JSON.
  static let taxSettings = """
    {"prices_include_tax": true, "rounding_level": 2, "rounding_mode": 1, "shipping_tax": 1, "home_country": "DE",
     "time_zone": "Europe/Berlin", "price_basis": 1}
    """
}

extension AccessResources {
  /// A new rate.
  func taxRate() async throws -> String {
    let category = requestID
    return try await make {
      """
      INSERT INTO taxes.tax_rate (title, country, category, rate_millionths) VALUES ('MVA', 'NO', \(category), 250000)
      RETURNING id
      """
    }
  }

  /// A new exemption of an account.
  func exemption(of user: String) async throws -> String {
    try await make {
      "INSERT INTO taxes.exemption (user_id, reason) VALUES (\(user)::uuid, 'A school') RETURNING id"
    }
  }
}
