package import RPC

/// The inventory's reasons of errors.
package enum InventoryReason: String, ErrorReason {
  case stockTooLow = "STOCK_TOO_LOW"
  case stockTooHigh = "STOCK_TOO_HIGH"
  case tooManyWarehouses = "TOO_MANY_WAREHOUSES"
  case warehouseNotEmpty = "WAREHOUSE_NOT_EMPTY"
  case warehouseIsDefault = "WAREHOUSE_IS_DEFAULT"
  case inStock = "IN_STOCK"
  case tooManySubscriptions = "TOO_MANY_SUBSCRIPTIONS"
  case linkNotValid = "LINK_NOT_VALID"
  case backordersPromised = "BACKORDERS_PROMISED"

  package var definition: ErrorDefinition {
    switch self {
    case .stockTooLow:
      .init(
        .failedPrecondition,
        "there are fewer than that beside those reserved: `PreconditionFailure` names each variant, and of a single "
          + "one `metadata.available` is the available quantity")
    case .stockTooHigh:
      .init(.outOfRange, "more would be on hand than there may be of a variant: `metadata.most`")
    case .tooManyWarehouses:
      .init(.resourceExhausted, "the seller has as many warehouses as a seller may have: `metadata.most`")
    case .warehouseNotEmpty:
      .init(.failedPrecondition, "the warehouse has stock: transfer it to another one first")
    case .warehouseIsDefault: .init(.failedPrecondition, "the default warehouse of a seller cannot be deleted")
    case .inStock: .init(.failedPrecondition, "the variant can be sold from stock now")
    case .tooManySubscriptions:
      .init(.resourceExhausted, "the account waits for as many variants as it may: `metadata.most`")
    case .linkNotValid: .init(.notFound, "the link from the mail is not valid, or what it is about has ended")
    case .backordersPromised:
      .init(
        .failedPrecondition,
        "more is backordered than the limit allows: set at least `metadata.promised`, so that no more are added")
    }
  }
}
