import Platform
import Postgres
import Protobuf
import RPC
import TaxesAPI
import Testing
import TypeAPI

extension TestNode {
  var taxes: TaxClient { TaxClient(channel) }

  /// Creates a rate. `fields` is JSON behind a comma.
  @discardableResult
  func createTaxRate(_ area: String, _ percent: String, _ fields: String = "", order: Int = 1) async throws -> TaxRate {
    let json = """
      {"tax_rate": {"title": "Tax \(percent)", "area": {\(area)}, "percent": "\(percent)", "order": \(order)\(fields)},
       "request_id": "\(TestID.next())"}
      """
    return try #require(try await taxes.createTaxRate(try CreateTaxRateRequest(json: json, in: Arena())).taxRate)
  }

  /// Changes the fields of a rate, which are JSON behind a comma.
  @discardableResult
  func updateTaxRate(_ id: String, _ fields: String, mask: String = "") async throws -> TaxRate {
    let json = """
      {"tax_rate": {"id": "\(id)"\(fields)}, "update_mask": "\(mask)", "request_id": "\(TestID.next())"}
      """
    return try #require(try await taxes.updateTaxRate(try UpdateTaxRateRequest(json: json, in: Arena())).taxRate)
  }

  /// Creates an exemption of the buyer that `fields` says.
  @discardableResult
  func createExemption(_ fields: String) async throws -> TaxExemption {
    let json = "{\"tax_exemption\": {\"reason\": \"A school\", \(fields)}, \"request_id\": \"\(TestID.next())\"}"
    let request = try CreateTaxExemptionRequest(json: json, in: Arena())
    return try #require(try await taxes.createTaxExemption(request).taxExemption)
  }

  /// Sets the tax category of a product or category; an empty one takes it away.
  func setTaxCategory(_ subject: String, _ category: String) async throws {
    let json = "{\"subject_id\": \"\(subject)\", \"category\": \"\(category)\", \"request_id\": \"\(TestID.next())\"}"
    _ = try await taxes.setTaxCategory(try SetTaxCategoryRequest(json: json, in: Arena()))
  }

  /// Sets how the shop computes tax. What `changed` says comes instead of the usual.
  @discardableResult
  func setTaxSettings(_ changed: [String: String] = [:], etag: String = "") async throws -> TaxSettings {
    var fields = [
      "prices_include_tax": "true", "rounding_level": "2", "rounding_mode": "1", "shipping_tax": "1",
      "home_country": "\"DE\"", "time_zone": "\"Europe/Berlin\"", "price_basis": "1", "etag": "\"\(etag)\"",
    ]
    fields.merge(changed) { $1 }
    let json = fields.map { "\"\($0)\": \($1)" }.sorted().joined(separator: ", ")
    let request = try SetTaxSettingsRequest(
      json: "{\"settings\": {\(json)}, \"request_id\": \"\(TestID.next())\"}", in: Arena())
    return try #require(try await taxes.setTaxSettings(request).settings)
  }

  /// Calculates the tax of lines that are JSON. `more` is JSON behind a comma.
  func calculateTax(
    _ lines: [String], to destination: String, _ more: String = "", options: CallOptions = CallOptions()
  ) async throws -> CalculateTaxResponse {
    let json = "{\"lines\": [\(lines.joined(separator: ", "))], \"destination\": {\(destination)}\(more)}"
    return try await taxes.calculateTax(try CalculateTaxRequest(json: json, in: Arena()), options: options)
  }

  /// What is known of a tax number.
  func checkTaxNumber(_ number: String) async throws -> TaxNumberCheck {
    let request = request(CheckTaxNumberRequest.self) { $0.taxNumber = $0.text(number) }
    return try #require(try await taxes.checkTaxNumber(request).check)
  }
}

extension CalculateTaxResponse {
  /// A line as a reader says it: `100 + 19 = 119 RATES: 19 %`.
  func line(_ index: Int = 0) -> String { Self.text(lines[index]) }

  /// Shipping in the same way.
  var shippingText: String { shipping.map(Self.text) ?? "" }

  private static func text(_ amount: TaxedAmount) -> String {
    let rates = amount.taxes.map { "\($0.percent.string) %" }.joined(separator: ", ")
    let minor = [amount.net, amount.tax, amount.gross].map { $0?.amountMinor ?? -1 }
    let reason = amount.explanation.map { "\($0.reason)" } ?? ""
    return "\(minor[0]) + \(minor[1]) = \(minor[2]) \(reason)" + (rates.isEmpty ? "" : ": \(rates)")
  }
}
