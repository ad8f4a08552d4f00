package import RPC

/// The reasons of errors of taxes.
package enum TaxesReason: String, ErrorReason {
  case taxRateExists = "TAX_RATE_EXISTS"
  case tooManyTaxRates = "TOO_MANY_TAX_RATES"
  case tooManyCompoundRates = "TOO_MANY_COMPOUND_RATES"
  case tooManyTaxExemptions = "TOO_MANY_TAX_EXEMPTIONS"

  package var definition: ErrorDefinition {
    switch self {
    case .taxRateExists:
      .init(
        .alreadyExists,
        "another rate of the same order, category and area holds on the same day: `metadata.tax_rate_id`")
    case .tooManyTaxRates: .init(.resourceExhausted, "the country has as many rates as it may: `metadata.most`")
    case .tooManyCompoundRates:
      .init(.failedPrecondition, "more orders of the country would have compound rates at a time than `metadata.most`")
    case .tooManyTaxExemptions:
      .init(.resourceExhausted, "the buyer has as many exemptions as a buyer may: `metadata.most`")
    }
  }
}
