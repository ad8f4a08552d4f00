internal import Platform
internal import RPC

/// A variant of which there is less than is wanted.
struct StockShortage: Equatable {
  let variant: ID
  let wanted: Int64
  let available: Int64
}

/// The reason why the inventory refuses a call.
enum InventoryError: Error, Equatable {
  case noSuchVariant(String)
  /// None of them exists.
  case noSuchVariants([String])
  case noSuchSelection(type: String, name: String)
  /// Taking so many would leave less than is reserved.
  case notEnough(variant: String, available: Int64)
  /// More than there may be of a variant would be on hand.
  case tooMany(variant: String, most: Int64)
  /// Taking so many would leave less than is reserved, of several variants.
  case tooFew([StockShortage])
  case noSuchWarehouse(String)
  case noSuchSeller(String)
  case noSuchReservation(String)
  /// A seller has as many as it may have.
  case tooManyWarehouses(most: Int)
  case warehouseNotEmpty(String)
  case warehouseIsDefault(String)
  /// It can be sold now.
  case inStock(String)
  /// An account waits for as many variants as it may.
  case tooManySubscriptions(most: Int)
  /// A token from a mail is not ours, or what it is about has ended.
  case linkNotValid
  /// So many are promised to orders, and are not there.
  case backordersPromised(Int64)
}

extension InventoryError: RPCErrorConvertible {
  private static let variantType = "fastshop.catalog.v1.Variant"
  private static let warehouseType = "fastshop.inventory.v1.Warehouse"

  var rpcError: RPCError {
    switch self {
    case .noSuchVariant(let name): .notFound(Self.variantType, name)
    case .noSuchVariants(let names): .notFound(Self.variantType, names)
    case .noSuchSelection(let type, let name): .notFound(type, name)
    case .noSuchWarehouse(let name): .notFound(Self.warehouseType, name)
    case .noSuchSeller(let name): .notFound("fastshop.catalog.v1.Seller", name)
    case .noSuchReservation(let name): .notFound("fastshop.inventory.v1.Reservation", name)
    case .notEnough(let variant, let available):
      InventoryReason.stockTooLow.error(
        "only \(available) are available",
        metadata: ["available": "\(available)"],
        details: [
          .preconditionFailure([
            .init(type: "STOCK", subject: variant, description: "\(available) are available.")
          ])
        ])
    case .tooMany(let variant, let most):
      InventoryReason.stockTooHigh.error(
        "more than \(most) would be on hand", metadata: ["variant": variant, "most": "\(most)"])
    case .tooFew(let shortages):
      InventoryReason.stockTooLow.error(
        "there are too few of \(shortages.count == 1 ? "a variant" : "\(shortages.count) variants")",
        metadata: shortages.count == 1 ? ["available": "\(shortages[0].available)"] : [:],
        details: [.preconditionFailure(shortages.map(\.violation))])
    case .tooManyWarehouses(let most): InventoryReason.tooManyWarehouses.error(metadata: ["most": "\(most)"])
    case .warehouseNotEmpty: InventoryReason.warehouseNotEmpty.error()
    case .warehouseIsDefault: InventoryReason.warehouseIsDefault.error()
    case .inStock: InventoryReason.inStock.error()
    case .tooManySubscriptions(let most): InventoryReason.tooManySubscriptions.error(metadata: ["most": "\(most)"])
    case .linkNotValid: InventoryReason.linkNotValid.error()
    case .backordersPromised(let count):
      InventoryReason.backordersPromised.error(metadata: ["promised": "\(count)"])
    }
  }
}

extension StockShortage {
  fileprivate var violation: ErrorDetail.PreconditionViolation {
    .init(
      type: "STOCK", subject: variant.description, description: "\(available) of \(wanted) are available.")
  }
}
