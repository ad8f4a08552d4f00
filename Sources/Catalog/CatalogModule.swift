internal import CatalogAPI
package import Metrics
package import Platform
internal import Postgres
internal import Protobuf
package import RPC

/// The catalogue: products, their categories and collections, their images and other files, and their prices.
package struct CatalogModule: ShopModule {
  package static let sealedColumns = [LicenceKeys.sealed]

  private let media: MediaSettings
  private let localization: Localization
  private let currency: Currency
  /// Products as shoppers see them.
  private let products = MessageCache<Product>()

  /// A catalogue on the database of whichever loop a call runs on.
  package init(media: MediaSettings, localization: Localization, currency: Currency) {
    self.media = media
    self.localization = localization
    self.currency = currency
  }

  package func services(_ hub: EventHub) -> [any RPCService] {
    [
      CatalogHandlers(products: products, localization: localization, currency: currency), CategoryHandlers(),
      CollectionHandlers(products: products, localization: localization, currency: currency),
      ProductTypeHandlers(localization: localization), ProductHandlers(currency: currency),
      VariantHandlers(currency: currency), MediaHandlers(media: media), DigitalGoodsHandlers(media: media),
      PriceHandlers(currency: currency), TranslationHandlers(localization: localization), ChannelHandlers(),
      ProductPageHandlers(),
    ]
  }

  package var routes: [HTTPRoute] { [MediaRoute(media: media).route] }
  package var jobKinds: [any JobKind] { [PublishScheduledProduct(), RenderMedia(media: media), RenewPrices()] }
  package var chores: [Chore] { MediaUpkeep(media: media).chores + [PriceUpkeep.chore] }
  package func report(to registry: MetricsRegistry) { products.report(to: registry, kind: "product") }
  package func stop(grace: Duration) async { await media.close() }
}

/// `fastshop.catalog.v1.CatalogService`.
struct CatalogHandlers: CatalogService {
  let products: MessageCache<Product>
  let localization: Localization
  let currency: Currency

  func getProduct(_ request: GetProductRequest, _ call: Call) async throws -> GetProductResponse {
    let key = try ProductKey(request)
    let channel = try await ShopChannel.named(request.channel, for: call)
    guard let product = try await key.read(call, through: products, in: channel) else {
      throw CatalogError.noSuchProduct(key.name)
    }
    let response = GetProductResponse(in: call.arena)
    try await localization.add([product], to: response, for: call)
    return response
  }

  func batchGetProducts(
    _ request: BatchGetProductsRequest, _ call: Call
  ) async throws -> BatchGetProductsResponse {
    let batch = try ProductBatch(request)
    let channel = try await ShopChannel.named(request.channel, for: call)
    let response = BatchGetProductsResponse(in: call.arena)
    let (products, missing) = try await batch.read(call, through: self.products, in: channel)
    for id in missing { response.missingIDs.append(call.arena.text(id.description)) }
    try await localization.add(products, to: response, for: call)
    return response
  }

  func listProducts(_ request: ListProductsRequest, _ call: Call) async throws -> ListProductsResponse {
    // What is wrong with the request is said before the channel is looked for.
    if !request.channel.isEmpty { _ = try ProductList(request, in: currency, try call.tokenSigner) }
    let channel = try await ShopChannel.named(request.channel, for: call)
    let page = try await channel.page(of: request, in: currency, call, through: products)
    let response = ListProductsResponse(in: call.arena)
    try await localization.add(page.elements, to: response, for: call)
    response.nextPageToken = page.nextPageToken
    (response.totalSize, response.totalSizeIsExact) = (page.total?.count, page.total?.isExact ?? false)
    return response
  }

  func getProductPage(_ request: GetProductPageRequest, _ call: Call) async throws -> GetProductPageResponse {
    let key = try ProductPageKey(request)
    let channel = try await ShopChannel.named(request.channel, for: call)
    let (response, product) = try await key.read(call, through: products, in: channel)
    try await localization.add([product], to: response, for: call)
    return response
  }

  func listOffers(_ request: ListOffersRequest, _ call: Call) async throws -> ListOffersResponse {
    var list = try OfferList(request, try call.tokenSigner)
    list.channel = try await ShopChannel.named(request.channel, for: call)
    let page = try await list.read(call)
    let response = ListOffersResponse(in: call.arena)
    (response.offers, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func getCategory(_ request: GetCategoryRequest, _ call: Call) async throws -> GetCategoryResponse {
    let key = try CategoryKey(request)
    guard let response = try await call.database.first(GetCategoryResponse.self, key.query) else {
      throw CatalogError.noSuchCategory(key.name)
    }
    if let category = response.category { try await localization.localize([category], for: call) }
    return response
  }

  func resolvePath(_ request: ResolvePathRequest, _ call: Call) async throws -> ResolvePathResponse {
    let resolution = try PathResolution(request)
    guard let response = try await call.database.first(ResolvePathResponse.self, resolution.query) else {
      throw resolution.missing
    }
    return response
  }

  func listCategories(_ request: ListCategoriesRequest, _ call: Call) async throws -> ListCategoriesResponse {
    let list = try CategoryList(request, try call.tokenSigner)
    let page = try await list.read(call)
    if page.elements.isEmpty { try await list.explainNothing(call.database) }
    try await localization.localize(page.elements, for: call)
    let response = ListCategoriesResponse(in: call.arena)
    (response.categories, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func getCollection(_ request: GetCollectionRequest, _ call: Call) async throws -> GetCollectionResponse {
    let response = GetCollectionResponse(in: call.arena)
    let collection = try await CollectionKey(request).read(call.database.connections, in: call.arena)
    response.collection = collection
    try await localization.localize([collection], for: call)
    return response
  }

  func listCollections(_ request: ListCollectionsRequest, _ call: Call) async throws -> ListCollectionsResponse {
    let page = try await CollectionList(request, try call.tokenSigner).read(call)
    try await localization.localize(page.elements, for: call)
    let response = ListCollectionsResponse(in: call.arena)
    (response.collections, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func listCollectionProducts(
    _ request: ListCollectionProductsRequest, _ call: Call
  ) async throws -> ListCollectionProductsResponse {
    let page = try await CollectionPage(request).read(call, in: currency, through: products)
    let response = ListCollectionProductsResponse(in: call.arena)
    try await localization.add(page.elements, to: response, for: call)
    response.nextPageToken = page.nextPageToken
    return response
  }

  func getProductType(_ request: GetProductTypeRequest, _ call: Call) async throws -> GetProductTypeResponse {
    var check = RequestCheck()
    let id = check.id(request.productTypeID, "product_type_id")
    try check.verify()
    guard let type = try await call.database.first(ProductType.self, ProductTypeStore.query(id)) else {
      throw CatalogError.noSuchProductType(id.description)
    }
    try await localization.localize([type], for: call)
    let response = GetProductTypeResponse(in: call.arena)
    response.productType = type
    return response
  }

  func getChannel(_ request: GetChannelRequest, _ call: Call) async throws -> GetChannelResponse {
    var check = RequestCheck()
    let code = check.code(request.channel, "channel", isRequired: true)
    try check.verify()
    let query: Query = """
      SELECT \(ChannelColumns.channel) FROM catalog.channel c WHERE c.code = \(code) AND c.is_active
      """
    guard let channel = try await call.database.first(SalesChannel.self, query) else {
      throw CatalogError.noSuchChannel(code)
    }
    let response = GetChannelResponse(in: call.arena)
    response.channel = channel
    return response
  }
}
