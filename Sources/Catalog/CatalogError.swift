internal import Platform
internal import RPC

/// The reason why the catalogue refuses a call.
enum CatalogError: Error, Equatable {
  case noSuchProduct(String)
  case noSuchCategory(String)
  case slugTaken(String)
  /// Each of two categories that are merged has a child with this slug.
  case childSlugTaken(String)
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
  case skuTaken(String)
  /// The SKU that would be made.
  case skuTooLong(String)
  case tooManyVariants(Int64)
  /// The seller would have too many variants of this GTIN, which the field has.
  case tooManyVariantsOfGTIN(String, field: String)
  /// The prices of the list are in this currency.
  case currencyDiffers(String)
  /// The product has these options.
  case optionsDiffer([String])
  /// The variant with this SKU has them.
  case optionsTaken(String)
  case orderIncomplete
  case noSuchVariant(String)
  case variantWasSold(String)
  case noSuchProductType(String)
  case productTypeExists(String)
  case tooManyProductTypes
  case productTypeInUse(String)
  /// The attribute of this code would get another kind.
  case attributeKindFixed(String)
  case noSuchCollection(String)
  case tooManyCollections
  case collectionHasRule
  case noSuchPriceList(String)
  case noSuchPrice(String)
  case priceScheduled
  case tooManyPrices
  case priceNotSet
  /// This list is for the same customers at the same time.
  case priceListExists(String)
  case tooManyPriceLists
  case priceListPast
  case noSuchShop(String)
  /// There is no channel with this id or code.
  case noSuchChannel(String)
  /// No listing of this product is in the channel.
  case noSuchChannelListing(String)
  case channelExists(String)
  case tooManyChannels
  /// Shoppers read in no channel with this code.
  case channelNotActive(String)
  /// The resource would have translations in too many languages.
  case tooManyLocales
  case noSuchProductPage(String)
  /// Staff have joined the variant to this page.
  case variantJoined(String)
  /// The page is merged into this one.
  case productPageMerged(String)
  case productPageFull
}

extension CatalogError: RPCErrorConvertible {
  private static let product = "fastshop.catalog.v1.Product"
  private static let variant = "fastshop.catalog.v1.Variant"
  private static let type = "fastshop.catalog.v1.ProductType"
  private static let category = "fastshop.catalog.v1.Category"
  private static let collection = "fastshop.catalog.v1.Collection"
  private static let page = "fastshop.catalog.v1.ProductPage"
  private static let priceList = "fastshop.catalog.v1.PriceList"
  static let shop = "fastshop.sellers.v1.Shop"

  var rpcError: RPCError {
    switch self {
    case .noSuchProduct(let name): .notFound(Self.product, name, "there is no such product on sale")
    case .noSuchCategory(let name): .notFound(Self.category, name)
    case .slugTaken(let slug): CatalogReason.slugTaken.error(metadata: ["slug": slug])
    case .childSlugTaken(let slug):
      CatalogReason.slugTaken.error(
        "both categories have a child with the slug \(slug): rename or merge these first", metadata: ["slug": slug])
    case .categoryCycle(let parent):
      CatalogReason.categoryCycle.error(
        details: [.resourceInfo(type: Self.category, name: parent, description: "It is in the subtree.")])
    case .categoryNotEmpty(let id):
      CatalogReason.categoryNotEmpty.error(
        details: [.resourceInfo(type: Self.category, name: id, description: "It is not empty.")])
    case .categoryTreeFull: CatalogReason.categoryTreeFull.error()
    case .noSuchSeller(let id): .notFound("fastshop.catalog.v1.Seller", id)
    case .noSuchManagedProduct(let id): .notFound(Self.product, id)
    case .externalIDTaken(let id): CatalogReason.externalIDTaken.error(metadata: ["external_id": id])
    case .productIncomplete(let lacks):
      CatalogReason.productIncomplete.error(
        details: [
          .preconditionFailure(
            lacks.sorted { $0.key < $1.key }.map { .init(type: "FIELD", subject: $0.key, description: $0.value) })
        ])
    case .productWasSold(let id):
      CatalogReason.productWasSold.error(
        details: [.resourceInfo(type: Self.product, name: id, description: "It was sold, or is reserved.")])
    case .skuTaken(let sku): CatalogReason.skuTaken.error(metadata: ["sku": sku])
    case .tooManyVariants(let count): CatalogReason.tooManyVariants.error(metadata: ["variants": "\(count)"])
    case .tooManyVariantsOfGTIN(let gtin, let field): .tooManyVariantsOfGTIN(gtin, field)
    case .skuTooLong(let sku): CatalogReason.skuTooLong.error(metadata: ["sku": sku])
    case .currencyDiffers(let currency): CatalogReason.currencyDiffers.error(metadata: ["currency": currency])
    case .optionsDiffer(let names):
      CatalogReason.optionsDiffer.error(metadata: ["options": names.joined(separator: ", ")])
    case .optionsTaken(let sku): CatalogReason.optionsTaken.error(metadata: ["sku": sku])
    case .orderIncomplete: CatalogReason.orderIncomplete.error()
    case .noSuchVariant(let id): .notFound(Self.variant, id)
    case .variantWasSold(let id):
      CatalogReason.variantWasSold.error(
        details: [.resourceInfo(type: Self.variant, name: id, description: "It was sold, or is reserved.")])
    case .productTypeInUse(let id):
      CatalogReason.productTypeInUse.error(
        details: [.resourceInfo(type: Self.type, name: id, description: "Products are of it.")])
    case .noSuchProductType(let id): .notFound(Self.type, id)
    case .productTypeExists(let title): CatalogReason.productTypeExists.error(metadata: ["title": title])
    case .tooManyProductTypes: CatalogReason.tooManyProductTypes.error()
    case .attributeKindFixed(let code): CatalogReason.attributeKindFixed.error(metadata: ["code": code])
    case .noSuchCollection(let name): .notFound(Self.collection, name, "there is no such collection to see now")
    case .tooManyCollections: CatalogReason.tooManyCollections.error()
    case .collectionHasRule: CatalogReason.collectionHasRule.error()
    case .noSuchPriceList(let id): .notFound(Self.priceList, id)
    case .noSuchPrice(let id): .notFound("fastshop.catalog.v1.Price", id)
    case .priceScheduled: CatalogReason.priceScheduled.error()
    case .tooManyPrices: CatalogReason.tooManyPrices.error()
    case .priceNotSet: CatalogReason.priceNotSet.error()
    case .priceListExists(let id):
      CatalogReason.priceListExists.error(
        details: [.resourceInfo(type: Self.priceList, name: id, description: "It holds at the same time.")])
    case .tooManyPriceLists: CatalogReason.tooManyPriceLists.error()
    case .priceListPast: CatalogReason.priceListPast.error()
    case .noSuchShop(let id): .notFound(Self.shop, id)
    case .tooManyLocales: CatalogReason.tooManyLocales.error()
    case .noSuchChannel(let name): .notFound(ChannelStore.type, name)
    case .noSuchChannelListing(let name): .notFound(ChannelListingRecord.type, name)
    case .channelExists(let code): CatalogReason.channelExists.error(metadata: ["code": code])
    case .tooManyChannels: CatalogReason.tooManyChannels.error()
    case .channelNotActive(let code): .channelNotActive(code)
    case .noSuchProductPage(let name): .notFound(Self.page, name, "there is no such product page")
    case .variantJoined(let page): CatalogReason.variantJoined.error(metadata: ["page_id": page])
    case .productPageMerged(let page): CatalogReason.productPageMerged.error(metadata: ["page_id": page])
    case .productPageFull: CatalogReason.productPageFull.error()
    }
  }
}

extension RPCError {
  fileprivate static func tooManyVariantsOfGTIN(_ gtin: String, _ field: String) -> RPCError {
    let violation = ErrorDetail.FieldViolation(
      field: field, description: "Must be the GTIN of at most \(GTIN.variantsOfSellerMax) variants of the seller.")
    return CatalogReason.tooManyVariantsOfGTIN.error(metadata: ["gtin": gtin], details: [.badRequest([violation])])
  }

  fileprivate static func channelNotActive(_ code: String) -> RPCError {
    let violation = ErrorDetail.FieldViolation(field: "channel", description: "Must be the code of an active channel.")
    return CatalogReason.channelNotActive.error(metadata: ["channel": code], details: [.badRequest([violation])])
  }
}
