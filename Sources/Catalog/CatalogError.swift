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
  case noSuchSeller(String)
  /// For those who manage products: there is none of any status.
  case noSuchManagedProduct(String)
  case externalIDTaken(String)
  /// What the product lacks, by field.
  case productIncomplete([String: String])
  case productWasSold(String)
  case skuTaken
  case tooManyVariants(Int)
  case currencyDiffers(String)
  case noSuchProductType(String)
  case productTypeExists(String)
  case tooManyProductTypes
  /// The attribute of this code would get another kind.
  case attributeKindFixed(String)
}

extension CatalogError: RPCErrorConvertible {
  private static let productType = "fastshop.catalog.v1.Product"
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
    case .noSuchSeller(let id): .notFound("fastshop.catalog.v1.Seller", id)
    case .noSuchManagedProduct(let id): .notFound(Self.productType, id)
    case .externalIDTaken(let id): CatalogReason.externalIDTaken.error(metadata: ["external_id": id])
    case .productIncomplete(let lacks):
      CatalogReason.productIncomplete.error(
        details: [
          .preconditionFailure(
            lacks.sorted { $0.key < $1.key }.map { .init(type: "FIELD", subject: $0.key, description: $0.value) })
        ])
    case .productWasSold(let id):
      CatalogReason.productWasSold.error(
        details: [.resourceInfo(type: Self.productType, name: id, description: "It was sold.")])
    case .skuTaken: CatalogReason.skuTaken.error()
    case .tooManyVariants(let count): CatalogReason.tooManyVariants.error(metadata: ["variants": "\(count)"])
    case .currencyDiffers(let currency): CatalogReason.currencyDiffers.error(metadata: ["currency": currency])
    case .noSuchProductType(let id): .notFound("fastshop.catalog.v1.ProductType", id)
    case .productTypeExists(let title): CatalogReason.productTypeExists.error(metadata: ["title": title])
    case .tooManyProductTypes: CatalogReason.tooManyProductTypes.error()
    case .attributeKindFixed(let code): CatalogReason.attributeKindFixed.error(metadata: ["code": code])
    }
  }
}
