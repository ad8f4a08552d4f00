internal import Platform
internal import Protobuf
internal import RPC
internal import TaxesAPI

/// The reason why taxes refuse a call.
enum TaxesError: Error, Equatable {
  case noSuchRate(String)
  case noSuchExemption(String)
  /// Another rate, by its id, holds on the same day for some of the same destinations and goods.
  case rateExists(String)
  case tooManyRates(most: Int)
  case tooManyCompoundRates(most: Int)
  case tooManyExemptions(most: Int)
}

extension TaxesError: RPCErrorConvertible {
  var rpcError: RPCError {
    switch self {
    case .noSuchRate(let name): .notFound(TaxRate.descriptor.fullName, name)
    case .noSuchExemption(let name): .notFound(TaxExemption.descriptor.fullName, name)
    case .rateExists(let other): TaxesReason.taxRateExists.error(metadata: ["tax_rate_id": other])
    case .tooManyRates(let most): TaxesReason.tooManyTaxRates.error(metadata: ["most": "\(most)"])
    case .tooManyCompoundRates(let most): TaxesReason.tooManyCompoundRates.error(metadata: ["most": "\(most)"])
    case .tooManyExemptions(let most): TaxesReason.tooManyTaxExemptions.error(metadata: ["most": "\(most)"])
    }
  }
}
