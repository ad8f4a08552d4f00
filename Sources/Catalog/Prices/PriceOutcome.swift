internal import CatalogAPI
internal import Platform
internal import Protobuf

extension RowRefusal {
  /// The refusal of an element of a batch of prices.
  func priceRefusal(in arena: Arena) -> PriceRefusal {
    let refusal = PriceRefusal(in: arena)
    refusal.reason = arena.text(reason)
    refusal.field = arena.text(field)
    refusal.message = arena.text(message)
    for (name, value) in metadata { refusal.metadata[arena.text(name)] = arena.text(value) }
    return refusal
  }
}

extension Result<Price, RowRefusal> {
  /// The outcome of the element.
  func outcome(in arena: Arena) -> PriceOutcome {
    let outcome = PriceOutcome(in: arena)
    switch self {
    case .success(let price): outcome.outcome = .price(price)
    case .failure(let refused): outcome.outcome = .refusal(refused.priceRefusal(in: arena))
    }
    return outcome
  }
}
