internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The product that staff choose for the title, the images and the attributes of a product page.
struct PageSourceChoice {
  let requestID: ID
  private let page: ID
  private let product: ID?
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetProductPageSourceRequest) throws {
    var check = RequestCheck()
    page = check.id(request.pageID, "page_id")
    product = check.optionalID(request.productID, "product_id")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the page has changed since the caller looked.
  func carryOut(in work: Work) async throws -> ProductPage {
    let store = ProductPageStore(work: work)
    if let product {
      let found = try await work.rows(
        "SELECT FROM catalog.product p WHERE p.id = \(product) FOR KEY SHARE", access: .write)
      if found.isEmpty { throw CatalogError.noSuchManagedProduct(product.description) }
    }
    let before = try await store.lockUnmerged(page, in: expected)
    work.send("UPDATE catalog.product_page SET chosen_product_id = \(product)::uuid WHERE id = \(page)")
    let subjects = [ID(before.chosenProductID.string), product].compactMap { $0 }
    return try await store.finish(.setSource, of: page, before: before, concerning: subjects)
  }
}
