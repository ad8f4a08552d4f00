internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.ProductPageService`.
struct ProductPageHandlers: ProductPageService {
  func getManagedProductPage(
    _ request: GetManagedProductPageRequest, _ call: Call
  ) async throws -> GetManagedProductPageResponse {
    var check = RequestCheck()
    let id = check.id(request.pageID, "page_id")
    try check.verify()
    guard let page = try await call.database.first(ProductPage.self, ProductPageStore.query(id)) else {
      throw CatalogError.noSuchProductPage(id.description)
    }
    let response = GetManagedProductPageResponse(in: call.arena)
    response.page = page
    return response
  }

  func listProductPages(_ request: ListProductPagesRequest, _ call: Call) async throws -> ListProductPagesResponse {
    let page = try await ProductPageList(request, try call.tokenSigner).read(call)
    let response = ListProductPagesResponse(in: call.arena)
    (response.pages, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func joinProductPage(_ request: JoinProductPageRequest, _ call: Call) async throws -> JoinProductPageResponse {
    let change = try PlacementChange(request)
    return try await call.work(request, id: change.requestID) { work in
      let response = JoinProductPageResponse(in: work.arena)
      response.page = try await change.join(in: work)
      return response
    }
  }

  func leaveProductPage(_ request: LeaveProductPageRequest, _ call: Call) async throws -> LeaveProductPageResponse {
    let change = try PlacementChange(request)
    return try await call.work(request, id: change.requestID) { work in
      let response = LeaveProductPageResponse(in: work.arena)
      response.page = try await change.leave(in: work)
      return response
    }
  }

  func setProductPageSource(
    _ request: SetProductPageSourceRequest, _ call: Call
  ) async throws -> SetProductPageSourceResponse {
    let choice = try PageSourceChoice(request)
    return try await call.work(request, id: choice.requestID) { work in
      let response = SetProductPageSourceResponse(in: work.arena)
      response.page = try await choice.carryOut(in: work)
      return response
    }
  }

  func mergeProductPage(_ request: MergeProductPageRequest, _ call: Call) async throws -> MergeProductPageResponse {
    let merge = try ProductPageMerge(request)
    return try await call.work(request, id: merge.requestID) { work in
      let response = MergeProductPageResponse(in: work.arena)
      response.page = try await merge.carryOut(in: work)
      return response
    }
  }
}
