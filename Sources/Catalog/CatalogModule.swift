internal import CatalogAPI
package import Metrics
package import Platform
internal import Protobuf
package import RPC

/// The catalogue: products, their categories, their images and their prices.
package struct CatalogModule: ShopModule {
  private let media: MediaSettings
  private let localization: Localization
  /// Products as shoppers see them.
  private let products = MessageCache<Product>()

  /// A catalogue on the database of whichever loop a call runs on.
  package init(media: MediaSettings, localization: Localization) {
    self.media = media
    self.localization = localization
  }

  package func services(_ hub: EventHub) -> [any RPCService] {
    [
      CatalogHandlers(products: products, localization: localization), CategoryHandlers(),
      ProductTypeHandlers(localization: localization), ProductHandlers(), VariantHandlers(),
      MediaHandlers(media: media), PriceHandlers(), TranslationHandlers(localization: localization),
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

  func getProduct(_ request: GetProductRequest, _ call: Call) async throws -> GetProductResponse {
    let key = try ProductKey(request)
    guard let product = try await key.read(call, through: products) else {
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
    let response = BatchGetProductsResponse(in: call.arena)
    response.products = try await call.database.all(Product.self, batch.query)
    let found = Set(response.products.map(\.id.string))
    for id in batch.ids.map(\.description) where !found.contains(id) {
      response.missingIDs.append(call.arena.text(id))
    }
    try await localization.localize(response.products, for: call)
    return response
  }

  func listProducts(_ request: ListProductsRequest, _ call: Call) async throws -> ListProductsResponse {
    let list = try ProductList(request, try call.tokenSigner)
    let page = try await list.read(call, through: products, version: ProductColumns.version)
    let response = ListProductsResponse(in: call.arena)
    try await localization.add(page.elements, to: response, for: call)
    response.nextPageToken = page.nextPageToken
    (response.totalSize, response.totalSizeIsExact) = (page.total?.count, page.total?.isExact ?? false)
    return response
  }

  func getProductPage(_ request: GetProductPageRequest, _ call: Call) async throws -> GetProductPageResponse {
    let key = try ProductPageKey(request)
    let (response, product) = try await key.read(call, through: products)
    try await localization.add([product], to: response, for: call)
    return response
  }

  func listOffers(_ request: ListOffersRequest, _ call: Call) async throws -> ListOffersResponse {
    let page = try await OfferList(request, try call.tokenSigner).read(call)
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
}
