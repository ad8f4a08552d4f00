import RPC

extension InputRow {
  private static let service = "fastshop.taxes.v1.TaxService/"
  private static let answered = InputRule.ignored("it is only answered")
  private static let fixed = InputRule.ignored("it never changes")
  private static let code = InputRule.text(
    not: " ", "Web", "a_b", "-a", "a--b", "\u{e9}", String(repeating: "c", count: 51))
  private static let country = InputRule.text(not: "", " ", "G", "GBR", "ZZ", "1", "\u{202e}")
  private static let postal = InputRule.text(not: " ", "-", "12345678901", "\u{e9}", "1.2", "\u{661}")
  private static let day = InputRule.text(
    not: " ", "tomorrow", "2027-02-29", "2027-1-1", "0000-01-01", "2027-13-01", "20270101", "2027-01-00", "infinity")
  private static let percent = InputRule.text(
    not: "", " ", "-1", "-0", "1000.0001", "1,5", "1e2", "0.00001", "19 %", "\u{661}", "99999999999999999999")
  private static let currency = InputRule.text(not: "", "eur", "EU", "XAU", "\u{20ac}")
  private static let number = InputRule.text(not: "\u{e9}", "?", " ", String(repeating: "1", count: 31))

  private static func rate(_ changed: [String: InputRule]) -> [String: InputRule] {
    var rules = [
      "tax_rate.title": .line(1...100), "tax_rate.percent": percent, "tax_rate.valid_from": day,
      "tax_rate.valid_until": day, "tax_rate.create_time": answered, "tax_rate.update_time": answered,
    ]
    rules.merge(changed) { $1 }
    return rules
  }

  /// A rate that is wrong as a whole.
  private static func wrong(_ what: String, _ field: String, _ more: String) -> Case {
    Case(
      what: what,
      json: "{\"tax_rate\": {\"title\": \"VAT\", \"percent\": \"9\", \"order\": 1, \(more)}, \"request_id\": \"ID\"}",
      field: "tax_rate.\(field)")
  }

  /// A calculation that is wrong as a whole.
  private static func calculation(_ what: String, _ field: String, lines: [String], more: String = "") -> Case {
    Case(
      what: what,
      json: "{\"lines\": [\(lines.joined(separator: ", "))], \"destination\": {\"country\": \"DE\"}\(more)}",
      field: field)
  }

  private static func line(_ amount: Int64, _ currency: String, quantity: Int = 1) -> String {
    "{\"unit_price\": {\"amount_minor\": \(amount), \"currency\": \"\(currency)\"}, \"quantity\": \(quantity)}"
  }

  static let taxes: [InputRow] = [
    InputRow(
      service + "CreateTaxRate",
      rate([
        "tax_rate.id": answered, "tax_rate.etag": answered, "tax_rate.area.country": country,
        "tax_rate.area.region": .line(0...50), "tax_rate.area.postal_code_from": postal,
        "tax_rate.area.postal_code_to": postal, "tax_rate.category": code, "tax_rate.order": .number(1...8),
      ]),
      Case(what: "no rate", json: "{\"request_id\": \"ID\"}", field: "tax_rate.title"),
      wrong("no area", "area.country", "\"category\": \"a\""),
      wrong(
        "a last code before the first one", "area.postal_code_to",
        "\"area\": {\"country\": \"DE\", \"postal_code_from\": \"20\", \"postal_code_to\": \"10\"}"),
      wrong(
        "codes of different lengths", "area.postal_code_to",
        "\"area\": {\"country\": \"DE\", \"postal_code_from\": \"20\", \"postal_code_to\": \"210\"}"),
      wrong(
        "a last code alone", "area.postal_code_to", "\"area\": {\"country\": \"DE\", \"postal_code_to\": \"10\"}"),
      wrong(
        "a last day before the first one", "valid_until",
        "\"area\": {\"country\": \"DE\"}, \"valid_from\": \"2027-02-01\", \"valid_until\": \"2027-01-31\"")),
    InputRow(
      service + "UpdateTaxRate",
      rate([
        "tax_rate.id": .id, "tax_rate.etag": .etag, "tax_rate.area.country": fixed, "tax_rate.area.region": fixed,
        "tax_rate.area.postal_code_from": fixed, "tax_rate.area.postal_code_to": fixed, "tax_rate.category": fixed,
        "tax_rate.order": fixed, "update_mask": .mask("title"),
      ]),
      sample: {
        """
        {"tax_rate": {"id": "\(try await $0.taxRate())", "title": "MVA", "percent": "15"},
         "update_mask": "title,percent,isCompound,appliesToShipping,validFrom,validUntil",
         "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "another order",
        json: """
          {"tax_rate": {"id": "\(InputRule.absent)", "order": 2}, "update_mask": "order", "request_id": "ID"}
          """, field: "update_mask")),
    InputRow(service + "DeleteTaxRate", ["tax_rate_id": .id]),
    InputRow(
      service + "ListTaxRates", ["country": .text(not: " ", "G", "GBR", "ZZ", "1"), "valid_on": day]),
    InputRow(service + "SetTaxCategory", ["subject_id": .id, "category": code]),
    InputRow(
      service + "CreateTaxExemption",
      [
        "tax_exemption.id": answered, "tax_exemption.user_id": .optionalID, "tax_exemption.tax_number": number,
        "tax_exemption.areas.country": country, "tax_exemption.areas.region": .line(0...50),
        "tax_exemption.reason": .line(1...200), "tax_exemption.valid_until": day,
        "tax_exemption.create_time": answered,
      ],
      Case(what: "no exemption", json: "{\"request_id\": \"ID\"}", field: "tax_exemption.user_id"),
      Case(
        what: "an account and a number",
        json: """
          {"tax_exemption": {"user_id": "\(InputRule.absent)", "tax_number": "1", "reason": "A"}, "request_id": "ID"}
          """, field: "tax_exemption.user_id"),
      Case(
        what: "101 areas",
        json: """
          {"tax_exemption": {"tax_number": "1", "reason": "A", "areas": [\(Array(
            repeating: "{\"country\": \"US\"}", count: 101).joined(separator: ", "))]}, "request_id": "ID"}
          """, field: "tax_exemption.areas")),
    InputRow(service + "DeleteTaxExemption", ["tax_exemption_id": .id]),
    InputRow(service + "ListTaxExemptions", ["user_id": .optionalID]),
    InputRow(
      service + "CalculateTax",
      [
        "lines.product_id": .optionalID, "lines.category_ids": .list(0...20, of: InputRule.absent, not: "", "x"),
        "lines.tax_category": code, "lines.quantity": .number(0...1_000_000),
        "lines.unit_price.amount_minor": .number(0...100_000_000_000), "lines.unit_price.currency": currency,
        "destination.country": country, "destination.region": .line(0...50), "destination.postal_code": .line(0...20),
        "shipping_price.amount_minor": .number(0...100_000_000_000), "shipping_price.currency": currency,
        "tax_number": number,
      ],
      calculation("no lines", "lines", lines: []),
      calculation("101 lines", "lines", lines: Array(repeating: line(1, "EUR"), count: 101)),
      calculation("no price", "lines.unit_price", lines: ["{}"]),
      calculation("two currencies", "lines.unit_price.currency", lines: [line(1, "EUR"), line(1, "USD")]),
      calculation("more than there is", "lines", lines: [line(100_000_000_000, "EUR", quantity: 1_001)]),
      calculation(
        "shipping in another currency", "shipping_price.currency", lines: [line(1, "EUR")],
        more: ", \"shipping_price\": {\"amount_minor\": 1, \"currency\": \"USD\"}"),
      Case(what: "no destination", json: "{\"lines\": [\(line(1, "EUR"))]}", field: "destination.country")),
    InputRow(
      service + "CheckTaxNumber",
      ["tax_number": .text(not: "", " ", "\u{e9}", "?", String(repeating: "1", count: 31))]),
    InputRow(
      service + "SetTaxSettings",
      [
        "settings.rounding_level": .requiredChoice, "settings.rounding_mode": .requiredChoice,
        "settings.shipping_tax": .requiredChoice, "settings.shipping_category": code,
        "settings.home_country": country, "settings.time_zone": .text(not: "", " ", "Nowhere", "Europe/Nowhere"),
        "settings.price_basis": .requiredChoice, "settings.etag": .etag, "settings.update_time": answered,
      ],
      Case(what: "no settings", json: "{\"request_id\": \"ID\"}", field: "settings.rounding_level")),
  ]
}
