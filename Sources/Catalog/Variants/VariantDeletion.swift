internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The end of a variant that was never sold.
struct VariantDeletion {
  let requestID: ID
  private let id: ID
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteVariantRequest, by caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    id = check.id(request.variantID, "variant_id")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the product has changed since the caller looked.
  func carryOut(in work: Work) async throws -> DeleteVariantResponse {
    let store = VariantStore(work: work, sellers: sellers)
    let (product, _, state) = try await store.lock(id, in: expected)
    guard let productID = ID(product.id.string) else { throw CatalogError.noSuchVariant(id.description) }
    let others = product.variants.compactMap { ID($0.id.string) }.filter { $0 != id }
    if state == .active && others.isEmpty { throw CatalogError.productIncomplete(ProductStore.lacksVariants) }
    guard try await store.dropStock(of: [id]) else { throw CatalogError.variantWasSold(id.description) }
    work.send("SELECT catalog.lock_files(NULL, ARRAY[\(id)::uuid])")
    work.sendRequirement(
      "DELETE FROM catalog.variant WHERE id = \(id) RETURNING id", rows: 1, "a variant was not deleted")
    store.number(others, of: productID)
    let response = DeleteVariantResponse(in: work.arena)
    response.product = try await store.products.finishVariants(.deleteVariant, of: productID, before: product)
    return response
  }
}
