internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.ProductTypeService`.
struct ProductTypeHandlers: ProductTypeService {
  private static let fields = ["title", "attributes"]

  let localization: Localization

  func createProductType(
    _ request: CreateProductTypeRequest, _ call: Call
  ) async throws -> CreateProductTypeResponse {
    let type = request.productType ?? ProductType(in: call.arena)
    var check = RequestCheck()
    let title = check.line(type.title, "product_type.title", isRequired: true)
    check.isAsWritten(type.locale, "product_type.locale")
    let attributes = AttributeDefinitions(type.attributes, "product_type.attributes", &check)
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let response = CreateProductTypeResponse(in: work.arena)
      response.productType = try await ProductTypeStore(work: work).create(
        title: title, attributes: try attributes.json())
      return response
    }
  }

  func updateProductType(
    _ request: UpdateProductTypeRequest, _ call: Call
  ) async throws -> UpdateProductTypeResponse {
    let type = request.productType ?? ProductType(in: call.arena)
    var check = RequestCheck()
    let id = check.id(type.id, "product_type.id")
    let mask = check.updateMask(request.updateMask, of: request.productType, changing: Self.fields)
    let title = check.line(type.title, "product_type.title", isRequired: mask.contains("title"))
    check.isAsWritten(type.locale, "product_type.locale")
    let attributes = AttributeDefinitions(type.attributes, "product_type.attributes", &check)
    let expected = check.etag(type.etag, "product_type.etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let store = ProductTypeStore(work: work)
      let before = try await store.lock(id, in: expected)
      if mask.contains("attributes"), let code = attributes.changedKind(from: before.attributes) {
        throw CatalogError.attributeKindFixed(code)
      }
      let response = UpdateProductTypeResponse(in: work.arena)
      response.productType = try await store.update(
        before, id, title: mask.contains("title") ? title : nil,
        attributes: mask.contains("attributes") ? try attributes.json() : nil)
      return response
    }
  }

  func deleteProductType(
    _ request: DeleteProductTypeRequest, _ call: Call
  ) async throws -> DeleteProductTypeResponse {
    var check = RequestCheck()
    let id = check.id(request.productTypeID, "product_type_id")
    let expected = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let store = ProductTypeStore(work: work)
      try await store.delete(try await store.lock(id, in: expected), id)
      return DeleteProductTypeResponse(in: work.arena)
    }
  }

  func listProductTypes(_ request: ListProductTypesRequest, _ call: Call) async throws -> ListProductTypesResponse {
    let page = try await ProductTypeList(request, try call.tokenSigner).read(call)
    try await localization.localize(page.elements, for: call)
    let response = ListProductTypesResponse(in: call.arena)
    (response.productTypes, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }
}
