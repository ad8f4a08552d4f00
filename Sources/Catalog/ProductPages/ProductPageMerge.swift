internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The merge of a product page into another one, or the end of it.
struct ProductPageMerge {
  private static let mergedMax: Int64 = 50

  let requestID: ID
  private let page: ID
  private let target: ID?
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: MergeProductPageRequest) throws {
    var check = RequestCheck()
    page = check.id(request.pageID, "page_id")
    target = check.optionalID(request.targetPageID, "target_page_id")
    check.require(target != page, "target_page_id", "Must be another page than page_id.")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the page has changed since the caller looked.
  func carryOut(in work: Work) async throws -> ProductPage {
    let store = ProductPageStore(work: work)
    guard let target else { return try await end(store) }
    try await store.lockTogether([page, target], withMergedInto: page)
    let before = try await store.lockUnmerged(page, in: expected)
    _ = try await store.lockUnmerged(target)
    work.send(
      """
      UPDATE catalog.product_page g
         SET merged_into = \(target), version = g.version + 1, updated_at = clock_timestamp()
       WHERE g.merged_into = \(page)
      """)
    work.send("UPDATE catalog.product_page SET merged_into = \(target) WHERE id = \(page)")
    let rows = try await work.rows(
      "SELECT count(*) AS pages FROM catalog.product_page g WHERE g.merged_into = \(target)", access: .write)
    guard let row = rows.first, try row.int64("pages") <= Self.mergedMax else { throw CatalogError.productPageFull }
    store.touch([target])
    return try await store.finish(.merge, of: page, before: before, concerning: [target])
  }

  private func end(_ store: ProductPageStore) async throws -> ProductPage {
    // Without a lock: the page may have another target by the time when both are locked.
    let seen = ID(try await store.page(page).mergedIntoID.string)
    if let seen { try await store.lockTogether([page, seen]) }
    let before = try await store.lock(page, in: expected)
    guard seen == ID(before.mergedIntoID.string) else { throw PostgresError.serializationFailure }
    guard let target = seen else { return before }
    store.work.send("UPDATE catalog.product_page SET merged_into = NULL WHERE id = \(page)")
    store.touch([target])
    return try await store.finish(.endMerge, of: page, before: before, concerning: [target])
  }
}
