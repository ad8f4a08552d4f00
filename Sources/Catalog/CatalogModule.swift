internal import CatalogAPI
package import Platform
internal import Protobuf
package import RPC

/// The catalogue: products and their categories.
package struct CatalogModule: ShopModule {
  /// A catalogue on the database of whichever loop a call runs on.
  package init() {}

  package func services(_ hub: EventHub) -> [any RPCService] { [CatalogHandlers()] }
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
    let list = try ProductList(request, try call.tokenSigner)
    return list.response(of: try await call.database.all(Product.self, list.query), in: call.arena)
  }

  func listCategories(_ request: ListCategoriesRequest, _ call: Call) async throws -> ListCategoriesResponse {
    let list = try CategoryList(request, try call.tokenSigner)
    let rows = try await call.database.all(Category.self, list.query)
    if rows.isEmpty { try await list.explainNothing(call.database) }
    let response = ListCategoriesResponse(in: call.arena)
    (response.categories, response.nextPageToken) = list.page.cut(rows, in: call.arena) { PageToken(id: $0.id) }
    return response
  }
}
