internal import Platform
internal import RPC

/// The reason why the catalogue refuses a call.
enum CatalogError: Error, Equatable {
  case noSuchProduct(String)
  case noSuchCategory(String)
}

extension CatalogError: RPCErrorConvertible {
  var rpcError: RPCError {
    switch self {
    case .noSuchProduct(let name):
      .notFound("fastshop.catalog.v1.Product", name, "there is no such product on sale")
    case .noSuchCategory(let name): .notFound("fastshop.catalog.v1.Category", name)
    }
  }
}
