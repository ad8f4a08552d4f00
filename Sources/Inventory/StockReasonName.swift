internal import InventoryAPI

extension StockReason {
  /// Whether a caller may give it.
  var isRequestable: Bool {
    switch self {
    case .received, .returned, .counted, .damaged, .lost, .soldElsewhere, .other: true
    case .sold, .transferred, .reserved, .released, .rulesSet, .saleBegun, .saleEnded, .categoryChanged, .deleted,
      .unspecified, .unrecognized:
      false
    }
  }

  /// The type of the event of such a change. Releases before reservations know `adjusted` alone; no reader depends on
  /// the type to understand an event.
  var eventType: String {
    switch self {
    case .sold: "sold"
    case .transferred: "transferred"
    case .reserved: "reserved"
    case .released: "released"
    case .rulesSet: "rules_set"
    case .saleBegun: "sale_begun"
    case .saleEnded: "sale_ended"
    case .categoryChanged: "category_changed"
    case .deleted: "deleted"
    case .received, .returned, .counted, .damaged, .lost, .soldElsewhere, .other, .unspecified, .unrecognized:
      "adjusted"
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
    case .reserved, .released, .rulesSet, .saleBegun, .saleEnded, .categoryChanged, .deleted, .unspecified,
      .unrecognized:
      nil
    }
  }
}
