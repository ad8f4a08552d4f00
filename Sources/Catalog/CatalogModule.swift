internal import CatalogAPI
package import Platform
internal import Protobuf
package import RPC

/// The catalogue: products, their categories, their images and their prices.
package struct CatalogModule: ShopModule {
  private let media: MediaSettings

  /// A catalogue on the database of whichever loop a call runs on.
  package init(media: MediaSettings) { self.media = media }

  package func services(_ hub: EventHub) -> [any RPCService] {
    [
      CatalogHandlers(), CategoryHandlers(), ProductTypeHandlers(), ProductHandlers(), VariantHandlers(),
      MediaHandlers(media: media), PriceHandlers(),
    ]
  }

  package var routes: [HTTPRoute] { [MediaRoute(media: media).route] }
  package var jobKinds: [any JobKind] { [PublishScheduledProduct(), RenderMedia(media: media), RenewPrices()] }
  package var chores: [Chore] { MediaUpkeep(media: media).chores + [PriceUpkeep.chore] }
  package func stop(grace: Duration) async { await media.close() }
}

/// `fastshop.catalog.v1.CatalogService`.
struct CatalogHandlers: CatalogService {
  func getProduct(_ request: GetProductRequest, _ call: Call) async throws -> GetProductResponse {
    let key = try ProductKey(request)
    guard let response = try await call.database.first(GetProductResponse.self, key.query) else {
      throw CatalogError.noSuchProduct(key.name)
    }
    return response
  }

  func listProducts(_ request: ListProductsRequest, _ call: Call) async throws -> ListProductsResponse {
    let page = try await ProductList(request, try call.tokenSigner).read(call)
    let response = ListProductsResponse(in: call.arena)
    (response.products, response.nextPageToken) = (page.elements, page.nextPageToken)
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
