internal import Platform
internal import RPC

/// The reason why the catalogue refuses a call.
enum CatalogError: Error, Equatable {
  case noSuchProduct(String)
  case noSuchCategory(String)
  case slugTaken(String)
  /// The category is to be moved below this one, which is in its subtree.
  case categoryCycle(parent: String)
  case categoryNotEmpty(String)
  case categoryTreeFull
  case noSuchProductType(String)
  case productTypeExists(String)
  case tooManyProductTypes
  /// The attribute of this code would get another kind.
  case attributeKindFixed(String)
}

extension CatalogError: RPCErrorConvertible {
  private static let categoryType = "fastshop.catalog.v1.Category"

  var rpcError: RPCError {
    switch self {
    case .noSuchProduct(let name):
      .notFound("fastshop.catalog.v1.Product", name, "there is no such product on sale")
    case .noSuchCategory(let name): .notFound(Self.categoryType, name)
    case .slugTaken(let slug): CatalogReason.slugTaken.error(metadata: ["slug": slug])
    case .categoryCycle(let parent):
      CatalogReason.categoryCycle.error(
        details: [.resourceInfo(type: Self.categoryType, name: parent, description: "It is in the subtree.")])
    case .categoryNotEmpty(let id):
      CatalogReason.categoryNotEmpty.error(
        details: [.resourceInfo(type: Self.categoryType, name: id, description: "It is not empty.")])
    case .categoryTreeFull: CatalogReason.categoryTreeFull.error()
    case .noSuchProductType(let id): .notFound("fastshop.catalog.v1.ProductType", id)
    case .productTypeExists(let title): CatalogReason.productTypeExists.error(metadata: ["title": title])
    case .tooManyProductTypes: CatalogReason.tooManyProductTypes.error()
    case .attributeKindFixed(let code): CatalogReason.attributeKindFixed.error(metadata: ["code": code])
    }
  }
}
