package import RPC

/// The inventory's reasons of errors.
package enum InventoryReason: String, ErrorReason {
  case stockTooLow = "STOCK_TOO_LOW"

  package var definition: ErrorDefinition {
    switch self {
    case .stockTooLow:
      .init(
        .failedPrecondition,
        "the change would leave less than is reserved; `metadata.available` is the available quantity")
    }
  }
}
