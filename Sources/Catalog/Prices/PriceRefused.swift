internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// Why an element of a batch of prices is refused: what a call for it alone would end with.
struct PriceRefused: Error {
  private let reason: String
  private let field: String
  private let message: String

  /// - Parameter field: the field of the element that the error is about; INVALID_ARGUMENT names its own.
  init(_ error: any Error, _ field: String = "") {
    let status = (error as? RPCError) ?? (error as? any RPCErrorConvertible)?.rpcError
    var (reason, field, about) = ("", field, "")
    for detail in status?.details ?? [] {
      switch detail {
      case .errorInfo(let name, _, let metadata):
        reason = name
        about = metadata.sorted { $0.key < $1.key }.map { "; \($0.key): \($0.value)" }.joined()
      case .badRequest(let violations): field = violations.first?.field ?? field
      default: break
      }
    }
    (self.reason, self.field, message) = (reason, field, (status?.message ?? "") + about)
  }

  func refusal(in arena: Arena) -> PriceRefusal {
    let refusal = PriceRefusal(in: arena)
    refusal.reason = arena.text(reason)
    refusal.field = arena.text(field)
    refusal.message = arena.text(message)
    return refusal
  }
}

extension Result<Price, PriceRefused> {
  /// The outcome of the element.
  func outcome(in arena: Arena) -> PriceOutcome {
    let outcome = PriceOutcome(in: arena)
    switch self {
    case .success(let price): outcome.outcome = .price(price)
    case .failure(let refused): outcome.outcome = .refusal(refused.refusal(in: arena))
    }
    return outcome
  }
}
