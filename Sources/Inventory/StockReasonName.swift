internal import InventoryAPI

extension StockReason {
  /// Whether a caller may give it.
  var isRequestable: Bool {
    switch self {
    case .received, .returned, .counted, .damaged, .lost, .soldElsewhere, .other: true
    case .sold, .transferred, .reserved, .released, .rulesSet, .unspecified, .unrecognized: false
    }
  }

  /// The reason as the ledger writes it; nil for one that is never in the ledger.
  var ledgerName: String? {
    switch self {
    case .received: "received"
    case .returned: "returned"
    case .counted: "counted"
    case .damaged: "damaged"
    case .lost: "lost"
    case .soldElsewhere: "sold_elsewhere"
    case .other: "other"
    case .sold: "sold"
    case .transferred: "transferred"
    case .reserved, .released, .rulesSet, .unspecified, .unrecognized: nil
    }
  }
}
