internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Variants that staff join to a product page or take off it.
struct PlacementChange {
  private static let variantsMax = 50

  let requestID: ID
  /// Nil for a new page.
  private let page: ID?
  private let variants: [ID]
  private let expected: ExpectedState
  /// Whether the decisions of staff about the variants are taken back.
  private var isByGTIN = false

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: JoinProductPageRequest) throws {
    var check = RequestCheck()
    page = check.optionalID(request.pageID, "page_id")
    isByGTIN = request.byGtin
    check.require(page != nil || !isByGTIN, "page_id", "Must be set with by_gtin.")
    variants = check.ids(request.variantIDs, "variant_ids", count: 1...Self.variantsMax)
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: LeaveProductPageRequest) throws {
    var check = RequestCheck()
    page = check.id(request.pageID, "page_id")
    variants = check.ids(request.variantIDs, "variant_ids", count: 1...Self.variantsMax)
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the page has changed since the caller looked.
  func join(in work: Work) async throws -> ProductPage {
    let store = ProductPageStore(work: work)
    if let page, isByGTIN { return try await release(from: page, store) }
    let subjects = try await store.lockVariants(variants)
    let id = page ?? .made(at: work.now)
    var before: ProductPage?
    if page == nil {
      work.send("INSERT INTO catalog.product_page (id) VALUES (\(id))")
    } else {
      before = try await store.lockUnmerged(id, in: expected)
    }
    let elsewhere = try await work.rows(
      """
      SELECT m.page_id
        FROM catalog.page_placement m
       WHERE m.variant_id = ANY (\(variants)::uuid[]) AND m.is_joined AND m.page_id <> \(id)
       ORDER BY m.variant_id
       LIMIT 1
      """, access: .write)
    if let row = elsewhere.first { throw CatalogError.variantJoined(try row.string("page_id")) }
    // Another work may join one to another page at the same moment.
    _ = try await expecting(["catalog.page_placement_joined_key": PostgresError.serializationFailure]) {
      try await work.execute(Self.place(variants, on: id, isJoined: true))
    }
    try await store.verifyCounts(of: id)
    return try await store.finish(.join, of: id, before: before, concerning: subjects)
  }

  /// Takes back that variants were joined to a page, or to one that is merged into it, or were taken off it.
  private func release(from page: ID, _ store: ProductPageStore) async throws -> ProductPage {
    let subjects = try await store.lockVariants(variants)
    let before = try await store.lockUnmerged(page, in: expected)
    store.work.send(
      """
      DELETE FROM catalog.page_placement m
       WHERE m.variant_id = ANY (\(variants)::uuid[])
         AND m.page_id IN (SELECT \(page)::uuid
                            UNION ALL
                           SELECT g.id FROM catalog.product_page g WHERE g.merged_into = \(page))
      """)
    return try await store.finish(.join, of: page, before: before, concerning: subjects)
  }

  /// - Throws: the same.
  func leave(in work: Work) async throws -> ProductPage {
    let store = ProductPageStore(work: work)
    let subjects = try await store.lockVariants(variants)
    let id = page ?? .none
    let before = try await store.lockUnmerged(id, in: expected)
    // Staff may have joined them to a page that was merged into this one later.
    work.send(
      """
      UPDATE catalog.page_placement m
         SET is_joined = false, placed_at = clock_timestamp()
       WHERE m.variant_id = ANY (\(variants)::uuid[]) AND m.is_joined
         AND m.page_id IN (SELECT g.id FROM catalog.product_page g WHERE g.merged_into = \(id))
      """)
    work.send(Self.place(variants, on: id, isJoined: false))
    try await store.verifyCounts(of: id)
    return try await store.finish(.leave, of: id, before: before, concerning: subjects)
  }

  private static func place(_ variants: [ID], on page: ID, isJoined: Bool) -> Query {
    """
    INSERT INTO catalog.page_placement AS m (page_id, variant_id, is_joined)
    SELECT \(page), v.id, \(isJoined) FROM unnest(\(variants)::uuid[]) AS v (id) ORDER BY v.id
        ON CONFLICT ON CONSTRAINT page_placement_pkey DO UPDATE
           SET is_joined = excluded.is_joined, placed_at = clock_timestamp()
    """
  }
}
