internal import Platform
internal import RPC

/// The reason why the inventory refuses a call.
enum InventoryError: Error, Equatable {
  case noSuchVariant(String)
  /// None of them exists.
  case noSuchVariants([String])
  case noSuchSelection(type: String, name: String)
  /// Taking so many would leave less than is reserved.
  case notEnough(variant: String, available: Int64)
}

extension InventoryError: RPCErrorConvertible {
  private static let variantType = "fastshop.catalog.v1.Variant"

  var rpcError: RPCError {
    switch self {
    case .noSuchVariant(let name): .notFound(Self.variantType, name)
    case .noSuchVariants(let names): .notFound(Self.variantType, names)
    case .noSuchSelection(let type, let name): .notFound(type, name)
    case .notEnough(let variant, let available):
      InventoryReason.stockTooLow.error(
        "only \(available) are available",
        metadata: ["available": "\(available)"],
        details: [
          .preconditionFailure([
            .init(type: "STOCK", subject: variant, description: "\(available) are available.")
          ])
        ])
    }
  }
}
