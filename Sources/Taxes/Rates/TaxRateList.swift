internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import TaxesAPI

/// A page of the rates, by country.
struct TaxRateList: PagedList {
  typealias Element = TaxRate

  let page: PageRequest
  private let country: String?
  private let day: String?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListTaxRatesRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    country = request.country.isEmpty ? nil : check.taxCountry(request.country, "country")
    day = check.day(request.validOn, "valid_on")
    let order = ListOrder(
      "country", .index("tax_rate_by_country"), by: .text("r.country", in: "area.country"), .id("r.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let chosen: Query = country.map { "r.country = \($0)" } ?? "true"
    return ListRows(
      TaxRateColumns.rate, from: "taxes.tax_rate r",
      where: "\(chosen) AND (\(day)::date IS NULL OR \(day)::date BETWEEN r.valid_from AND r.valid_until)")
  }
}
