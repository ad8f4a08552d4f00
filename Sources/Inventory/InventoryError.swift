internal import Platform
internal import RPC

/// Why the inventory cannot answer, or will not change.
enum InventoryError: Error, Equatable {
  case noSuchVariant(String)
  case noSuchSelection(type: String, name: String)
  /// Taking so many would leave less than is reserved.
  case notEnough(variant: String, available: Int64)
}

extension InventoryError: RPCErrorConvertible {
  var rpcError: RPCError {
    switch self {
    case .noSuchVariant(let name):
      notFound("fastshop.catalog.v1.Variant", name)
    case .noSuchSelection(let type, let name):
      notFound(type, name)
    case .notEnough(let variant, let available):
      precondition("STOCK", variant, "only \(available) are available: the rest is reserved or was never there")
    }
  }

  private func notFound(_ type: String, _ name: String) -> RPCError {
    RPCError(
      .notFound, "there is no \(type.split(separator: ".").last?.lowercased() ?? "") \(name)",
      details: [.resourceInfo(type: type, name: name, description: "It does not exist.")])
  }

  private func precondition(_ type: String, _ subject: String, _ sentence: String) -> RPCError {
    RPCError(
      .failedPrecondition, sentence,
      details: [.preconditionFailure([.init(type: type, subject: subject, description: sentence)])])
  }
}
