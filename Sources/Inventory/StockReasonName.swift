internal import InventoryAPI

extension StockReason {
  /// The reason as the ledger writes it; nil where none was given, or one that is not known.
  var ledgerName: String? {
    switch self {
    case .received: "received"
    case .returned: "returned"
    case .counted: "counted"
    case .damaged: "damaged"
    case .lost: "lost"
    case .soldElsewhere: "sold_elsewhere"
    case .other: "other"
    case .unspecified, .unrecognized: nil
    }
  }
}
