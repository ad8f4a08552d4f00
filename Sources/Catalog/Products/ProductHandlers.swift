internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.ProductService`.
struct ProductHandlers: ProductService {
  let currency: Currency

  func createProduct(_ request: CreateProductRequest, _ call: Call) async throws -> CreateProductResponse {
    let creation = try ProductCreation(request, by: call.caller, in: call.arena)
    return try await call.work(request, id: creation.requestID) { work in try await creation.carryOut(in: work) }
  }

  func updateProduct(_ request: UpdateProductRequest, _ call: Call) async throws -> UpdateProductResponse {
    let update = try ProductUpdate(request, by: call.caller, in: call.arena)
    return try await call.work(request, id: update.requestID) { work in try await update.carryOut(in: work) }
  }

  func getProductDraft(_ request: GetProductDraftRequest, _ call: Call) async throws -> GetProductDraftResponse {
    var check = RequestCheck()
    let id = check.id(request.productID, "product_id")
    try check.verify()
    let query = ProductStore.query(id, call.caller.sellers)
    guard let product = try await call.database.first(Product.self, query) else {
      throw CatalogError.noSuchManagedProduct(id.description)
    }
    let response = GetProductDraftResponse(in: call.arena)
    response.product = product
    return response
  }

  func publishProduct(_ request: PublishProductRequest, _ call: Call) async throws -> PublishProductResponse {
    let publication = try ProductPublication(request, by: call.caller)
    return try await call.work(request, id: publication.requestID) { work in
      let response = PublishProductResponse(in: work.arena)
      response.product = try await publication.carryOut(in: work)
      return response
    }
  }

  func unpublishProduct(_ request: UnpublishProductRequest, _ call: Call) async throws -> UnpublishProductResponse {
    let transition = try ProductTransition(
      .unpublish, productID: request.productID, etag: request.etag, requestID: request.requestID, by: call.caller)
    return try await call.work(request, id: transition.requestID) { work in
      let response = UnpublishProductResponse(in: work.arena)
      response.product = try await transition.carryOut(in: work)
      return response
    }
  }

  func archiveProduct(_ request: ArchiveProductRequest, _ call: Call) async throws -> ArchiveProductResponse {
    let transition = try ProductTransition(
      .archive, productID: request.productID, etag: request.etag, requestID: request.requestID, by: call.caller)
    return try await call.work(request, id: transition.requestID) { work in
      let response = ArchiveProductResponse(in: work.arena)
      response.product = try await transition.carryOut(in: work)
      return response
    }
  }

  func deleteProduct(_ request: DeleteProductRequest, _ call: Call) async throws -> DeleteProductResponse {
    let transition = try ProductTransition(
      .delete, productID: request.productID, etag: request.etag, requestID: request.requestID, by: call.caller)
    return try await call.work(request, id: transition.requestID) { work in
      try await transition.delete(in: work)
      return DeleteProductResponse(in: work.arena)
    }
  }

  func duplicateProduct(_ request: DuplicateProductRequest, _ call: Call) async throws -> DuplicateProductResponse {
    let duplication = try ProductDuplication(request, by: call.caller)
    return try await call.work(request, id: duplication.requestID) { work in try await duplication.carryOut(in: work) }
  }

  func upsertProducts(_ request: UpsertProductsRequest, _ call: Call) async throws -> UpsertProductsResponse {
    let upsert = try ProductUpsert(request, by: call.caller, in: currency)
    return try await call.work(request, id: upsert.requestID, contending: [.upsert(upsert.seller)]) { work in
      try await upsert.carryOut(in: work)
    }
  }

  func listManagedProducts(
    _ request: ListManagedProductsRequest, _ call: Call
  ) async throws -> ListManagedProductsResponse {
    let page = try await ManagedProductList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListManagedProductsResponse(in: call.arena)
    (response.products, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }
}
