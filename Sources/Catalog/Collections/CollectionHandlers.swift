internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.CollectionService`.
struct CollectionHandlers: CollectionService {
  /// Products of a preview.
  private static let previewSize: Int32 = 20
  private static let productsMax = 1_000

  let products: MessageCache<Product>
  let localization: Localization
  let currency: Currency

  func createCollection(
    _ request: CreateCollectionRequest, _ call: Call
  ) async throws -> CreateCollectionResponse {
    var check = RequestCheck()
    let fields = CollectionFields(request.collection ?? Collection(in: call.arena), &check) { $0 == "title" }
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let response = CreateCollectionResponse(in: work.arena)
      response.collection = try await CollectionStore(work: work).create(fields)
      return response
    }
  }

  func updateCollection(
    _ request: UpdateCollectionRequest, _ call: Call
  ) async throws -> UpdateCollectionResponse {
    let collection = request.collection ?? Collection(in: call.arena)
    var check = RequestCheck()
    let id = check.id(collection.id, "collection.id")
    let mask = check.updateMask(request.updateMask, of: request.collection, changing: CollectionFields.all)
    let fields = CollectionFields(collection, &check) { mask.contains($0) }
    let expected = check.etag(collection.etag, "collection.etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let store = CollectionStore(work: work)
      let before = try await store.lock(id, in: expected, keepsTree: mask.contains("rule"))
      let response = UpdateCollectionResponse(in: work.arena)
      response.collection = try await store.update(before, id, fields, mask)
      return response
    }
  }

  func deleteCollection(
    _ request: DeleteCollectionRequest, _ call: Call
  ) async throws -> DeleteCollectionResponse {
    var check = RequestCheck()
    let id = check.id(request.collectionID, "collection_id")
    let expected = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let store = CollectionStore(work: work)
      try await store.delete(try await store.lock(id, in: expected), id)
      return DeleteCollectionResponse(in: work.arena)
    }
  }

  func setCollectionProducts(
    _ request: SetCollectionProductsRequest, _ call: Call
  ) async throws -> SetCollectionProductsResponse {
    var check = RequestCheck()
    let id = check.id(request.collectionID, "collection_id")
    let list = request.productIDs
    let products = check.ids(list, "product_ids", count: 0...Self.productsMax)
    check.require(
      products.count == list.count || products.isEmpty, "product_ids", "Must not name a product twice.")
    let expected = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let store = CollectionStore(work: work)
      let before = try await store.lock(id, in: expected)
      let response = SetCollectionProductsResponse(in: work.arena)
      response.collection = try await store.setProducts(products, of: before, id)
      return response
    }
  }

  func previewCollection(
    _ request: PreviewCollectionRequest, _ call: Call
  ) async throws -> PreviewCollectionResponse {
    let rule = request.rule ?? CollectionRule(in: call.arena)
    var check = RequestCheck()
    _ = CollectionFilter(rule, "rule", &check)
    try check.verify()
    let request = rule.request(pageSize: Self.previewSize, countsAll: true)
    let page = try await ProductList(request, in: currency, try call.tokenSigner).read(call, through: products)
    let response = PreviewCollectionResponse(in: call.arena)
    try await localization.add(page.elements, to: response, for: call)
    (response.totalSize, response.totalSizeIsExact) = (page.total?.count ?? 0, page.total?.isExact ?? false)
    return response
  }

  func listManagedCollections(
    _ request: ListManagedCollectionsRequest, _ call: Call
  ) async throws -> ListManagedCollectionsResponse {
    let page = try await CollectionList(request, try call.tokenSigner).read(call)
    try await localization.localize(page.elements, for: call)
    let response = ListManagedCollectionsResponse(in: call.arena)
    (response.collections, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }
}
