internal import CatalogAPI
package import Metrics
package import Platform
internal import Protobuf
package import RPC

/// The catalogue: products, their categories and their images.
package struct CatalogModule: ShopModule {
  private let media: MediaSettings
  /// Products as shoppers see them.
  private let products = MessageCache<Product>()

  /// A catalogue on the database of whichever loop a call runs on.
  package init(media: MediaSettings) { self.media = media }

  package func services(_ hub: EventHub) -> [any RPCService] {
    [
      CatalogHandlers(products: products), CategoryHandlers(), ProductTypeHandlers(), ProductHandlers(), VariantHandlers(),
      MediaHandlers(media: media),
    ]
  }

  package var routes: [HTTPRoute] { [MediaRoute(media: media).route] }
  package var jobKinds: [any JobKind] { [PublishScheduledProduct(), RenderMedia(media: media)] }
  package var chores: [Chore] { MediaUpkeep(media: media).chores }
  package func report(to registry: MetricsRegistry) { products.report(to: registry, kind: "product") }
  package func stop(grace: Duration) async { await media.close() }
}

/// `fastshop.catalog.v1.CatalogService`.
struct CatalogHandlers: CatalogService {
  let products: MessageCache<Product>

  func getProduct(_ request: GetProductRequest, _ call: Call) async throws -> GetProductResponse {
    let key = try ProductKey(request)
    guard let product = try await key.read(call, through: products) else {
      throw CatalogError.noSuchProduct(key.name)
    }
    let response = GetProductResponse(in: call.arena)
    response.add([product])
    return response
  }

  func listProducts(_ request: ListProductsRequest, _ call: Call) async throws -> ListProductsResponse {
    let list = try ProductList(request, try call.tokenSigner)
    let page = try await list.read(call, through: products, version: ProductColumns.version)
    let response = ListProductsResponse(in: call.arena)
    response.add(page.elements)
    response.nextPageToken = page.nextPageToken
    (response.totalSize, response.totalSizeIsExact) = (page.total?.count, page.total?.isExact ?? false)
    return response
  }

  func getCategory(_ request: GetCategoryRequest, _ call: Call) async throws -> GetCategoryResponse {
    let key = try CategoryKey(request)
    guard let response = try await call.database.first(GetCategoryResponse.self, key.query) else {
      throw CatalogError.noSuchCategory(key.name)
    }
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
    let response = ListCategoriesResponse(in: call.arena)
    (response.categories, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }
}
