internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Product pages, inside a unit of work of staff. Each change moves the page's version, and is recorded.
///
/// A work locks variants or products first, so that they are not deleted meanwhile, and then pages, in the order of
/// their ids. No work that writes products locks pages.
struct ProductPageStore {
  static let type = ProductPage.descriptor.fullName
  private static let topic = "catalog.product_page"
  private static let joinedMax: Int64 = 200
  private static let removedMax: Int64 = 1_000

  let work: Work

  /// The page as staff see it: no row when there is no such page.
  static func query(_ id: ID) -> Query {
    """
    SELECT \(ProductPageColumns.managed)
      FROM (SELECT \(id)::uuid AS id) a
      LEFT JOIN catalog.product_page g ON g.id = a.id
     WHERE g.id IS NOT NULL OR catalog.page_of_gtin(\(GTIN(ofPage: id)?.text)::text) = a.id
    """
  }

  /// - Throws: ``CatalogError/noSuchProductPage(_:)``.
  func page(_ id: ID) async throws -> ProductPage {
    guard let page = try await work.first(ProductPage.self, Self.query(id)) else {
      throw CatalogError.noSuchProductPage(id.description)
    }
    return page
  }

  /// Locks a page. That of a GTIN gets its row.
  /// - Returns: the page before the change.
  /// - Throws: ``CatalogError/noSuchProductPage(_:)``; ``StaleETag`` when it has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState = .any) async throws -> ProductPage {
    makePage(ofGTIN: id)
    let query: Query = "SELECT g.version FROM catalog.product_page g WHERE g.id = \(id) FOR NO KEY UPDATE"
    guard try await state.lock(query, of: Self.type, id, work) != nil else {
      throw CatalogError.noSuchProductPage(id.description)
    }
    return try await page(id)
  }

  /// Gives the page of a GTIN its row.
  private func makePage(ofGTIN id: ID) {
    guard let gtin = GTIN(ofPage: id) else { return }
    work.send(
      """
      INSERT INTO catalog.product_page (id)
      SELECT n.id FROM (SELECT catalog.page_of_gtin(\(gtin.text)) AS id) n WHERE n.id = \(id)
          ON CONFLICT ON CONSTRAINT product_page_pkey DO NOTHING
      """)
  }

  /// Before ``lock(_:in:)``: locks pages, and those that are merged into one of them, all in the order of their ids.
  func lockTogether(_ pages: [ID], withMergedInto target: ID? = nil) async throws {
    for page in pages.sorted() { makePage(ofGTIN: page) }
    let merged: Query = "g.merged_into = \(target)::uuid"
    let locking: Query = """
      SELECT g.id
        FROM catalog.product_page g
       WHERE g.id = ANY (\(pages)::uuid[]) OR \(merged)
       ORDER BY g.id
         FOR NO KEY UPDATE
      """
    let locked = Set(try await work.rows(locking, access: .write).map { try $0.id("id") })
    // Another work may have merged one while this one waited.
    let present = try await work.rows("SELECT g.id FROM catalog.product_page g WHERE \(merged)", access: .write)
    guard try present.allSatisfy({ locked.contains(try $0.id("id")) }) else {
      throw PostgresError.serializationFailure
    }
  }

  /// Locks a page that has its own offers.
  /// - Throws: the same, and ``CatalogError/productPageMerged(_:)``.
  func lockUnmerged(_ id: ID, in state: ExpectedState = .any) async throws -> ProductPage {
    let page = try await lock(id, in: state)
    guard page.mergedIntoID.isEmpty else { throw CatalogError.productPageMerged(page.mergedIntoID.string) }
    return page
  }

  /// Keeps variants from being deleted.
  /// - Returns: their products and sellers, which a change concerns.
  /// - Throws: ``CatalogError/noSuchVariant(_:)``.
  func lockVariants(_ ids: [ID]) async throws -> [ID] {
    let rows = try await work.rows(
      """
      SELECT v.id, v.product_id, v.seller_id
        FROM catalog.variant v
       WHERE v.id = ANY (\(ids)::uuid[])
       ORDER BY v.id
         FOR KEY SHARE
      """, access: .write)
    let found = Set(try rows.map { try $0.id("id") })
    if let missing = ids.first(where: { !found.contains($0) }) {
      throw CatalogError.noSuchVariant(missing.description)
    }
    var subjects: [ID] = []
    for row in rows {
      for subject in [try row.id("product_id"), try row.id("seller_id")] where !subjects.contains(subject) {
        subjects.append(subject)
      }
    }
    return subjects
  }

  /// - Throws: ``CatalogError/productPageFull`` when staff have placed too many variants.
  func verifyCounts(of id: ID) async throws {
    let rows = try await work.rows(
      """
      SELECT count(*) FILTER (WHERE m.is_joined) AS joined, count(*) FILTER (WHERE NOT m.is_joined) AS removed
        FROM catalog.page_placement m
       WHERE m.page_id = \(id)
      """, access: .write)
    guard let row = rows.first, try row.int64("joined") <= Self.joinedMax, try row.int64("removed") <= Self.removedMax
    else { throw CatalogError.productPageFull }
  }

  /// Moves the version of pages.
  func touch(_ ids: [ID]) {
    work.send(
      """
      UPDATE catalog.product_page g
         SET version = g.version + 1, updated_at = clock_timestamp()
       WHERE g.id = ANY (\(ids)::uuid[])
      """)
  }

  /// Ends a change of a page: its version follows, and the change is recorded.
  /// - Parameter subjects: what else the change concerns.
  func finish(
    _ change: RecordedChange, of id: ID, before: ProductPage?, concerning subjects: [ID]
  ) async throws -> ProductPage {
    touch([id])
    let after = try await page(id)
    try work.audit("catalog.product_page.\(change.action)", on: Self.type, id, before: before, after: after)
    work.publish(NewEvent(Self.topic, change.event, of: id, subjects: subjects))
    return after
  }
}

extension GTIN {
  private static let idDigits = 32
  private static let pagePrefix = "000000000000800080"

  /// The GTIN of a product page, in 14 digits; nil for the id of another page.
  init?(ofPage id: ID) {
    let digits = id.description.filter { $0 != "-" }
    guard digits.hasPrefix(Self.pagePrefix) else { return nil }
    self.init(String(digits.suffix(Self.digits)))
  }

  /// The ids between which the pages of all GTINs are that begin with these digits; all ids for none. Nil for a text
  /// that is not the beginning of 14 digits.
  static func pages(beginningWith prefix: String) -> ClosedRange<ID>? {
    guard prefix.utf8.count <= digits,
      prefix.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    let known = prefix.isEmpty ? "" : pagePrefix + prefix
    let missing = idDigits - known.utf8.count
    guard let first = ID(digits: known + String(repeating: "0", count: missing)),
      let last = ID(digits: known + String(repeating: "f", count: missing))
    else { return nil }
    return first...last
  }
}

extension ID {
  /// The id of 32 hexadecimal digits, without hyphens.
  fileprivate init?(digits: String) {
    var text = ""
    for (place, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(place) { text.append("-") }
      text.append(digit)
    }
    self.init(text)
  }
}
