import CatalogAPI
import Eventually
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension TestNode {
  var productPages: ProductPageClient { ProductPageClient(channel) }

  /// A product on sale of a seller, with one variant of this GTIN.
  func createOffer(
    _ shop: TestShop, of seller: String, gtin: String, price: Int64 = 100, stock: Int64 = 1, isPublished: Bool = true
  ) async throws -> Product {
    let (externalID, category) = (TestID.next(), try await product().categoryID.string)
    let row = """
      {"external_id": "\(externalID)", "title": "Desk", "category_id": "\(category)",
       "variants": [{"sku": "\(externalID)", "gtin": "\(gtin)",
                     "price": {"amount_minor": \(price), "currency": "EUR"}}]}
      """
    #expect(try await upsertProducts([row], seller: seller) == ["created"])
    let id = try await shop.run { database in
      try await database.rows("SELECT p.id FROM catalog.product p WHERE p.external_id = \(externalID)").first?
        .string("id")
    }
    let made = try #require(id)
    _ = try await upload(try await media.image(), to: made)
    let draft = try await draft(made)
    if stock > 0 { _ = try await adjust(draft.variants[0].id.string, stock) }
    return isPublished ? try await publishProduct(made) : draft
  }

  /// The page and its offers. `key` is JSON.
  func productPage(_ key: String) async throws -> GetProductPageResponse {
    try await catalog.getProductPage(try GetProductPageRequest(json: "{\(key)}", in: Arena()))
  }

  /// The products of the offers of a page, in their order; none when there is no such page.
  func offers(_ key: String) async throws -> [String] {
    let page: GetProductPageResponse
    do {
      page = try await productPage(key)
    } catch let error as RPCError where error.code == .notFound {
      return []
    }
    let id = try #require(page.page).id.string
    let list = try await catalog.listOffers(request(ListOffersRequest.self) { $0.productPageID = $0.text(id) })
    #expect(list.offers.count == Int(page.page?.offerCount ?? 0))
    #expect(list.offers.first?.variantID == page.page?.offer?.variantID)
    #expect(page.page?.productID == page.product?.id)
    return list.offers.map(\.productID.string)
  }

  /// The ids of all pages of GTINs that begin with these digits, by pages of this size.
  func pages(_ prefix: String = "", by size: Int32 = 250) async throws -> [String] {
    var (ids, token): ([String], String) = ([], "")
    repeat {
      let list = try await productPages.listProductPages(
        request(ListProductPagesRequest.self) {
          ($0.pageSize, $0.pageToken, $0.gtinPrefix) = (size, $0.text(token), $0.text(prefix))
        })
      ids += list.pages.map(\.id.string)
      token = list.nextPageToken.string
    } while !token.isEmpty
    return ids
  }

  /// Joins variants to a page; to a new one without an id.
  @discardableResult
  func joinPage(_ variants: [String], to page: String = "", etag: String = "") async throws -> ProductPage {
    let request = try JoinProductPageRequest(json: Self.placement(variants, page, etag), in: Arena())
    return try #require(try await productPages.joinProductPage(request).page)
  }

  /// Takes back what staff have decided about variants on a page.
  @discardableResult
  func releaseToPage(_ variants: [String], of page: String) async throws -> ProductPage {
    let request = request(JoinProductPageRequest.self) {
      $0.pageID = $0.text(page)
      for variant in variants { $0.variantIDs.append($0.text(variant)) }
      $0.byGtin = true
      $0.requestID = $0.text(TestID.next())
    }
    return try #require(try await productPages.joinProductPage(request).page)
  }

  /// Takes variants off a page.
  @discardableResult
  func leavePage(_ variants: [String], from page: String, etag: String = "") async throws -> ProductPage {
    let request = try LeaveProductPageRequest(json: Self.placement(variants, page, etag), in: Arena())
    return try #require(try await productPages.leaveProductPage(request).page)
  }

  /// Merges a page into another one; ends the merge without a target.
  @discardableResult
  func mergePage(_ page: String, into target: String = "") async throws -> ProductPage {
    let request = request(MergeProductPageRequest.self) {
      $0.pageID = $0.text(page)
      $0.targetPageID = $0.text(target)
      $0.requestID = $0.text(TestID.next())
    }
    return try #require(try await productPages.mergeProductPage(request).page)
  }

  @discardableResult
  func choose(_ product: String, for page: String) async throws -> ProductPage {
    let request = request(SetProductPageSourceRequest.self) {
      $0.pageID = $0.text(page)
      $0.productID = $0.text(product)
      $0.requestID = $0.text(TestID.next())
    }
    return try #require(try await productPages.setProductPageSource(request).page)
  }

  private static func placement(_ variants: [String], _ page: String, _ etag: String) -> String {
    let ids = variants.map { "\"\($0)\"" }.joined(separator: ",")
    return """
      {"page_id": "\(page)", "variant_ids": [\(ids)], "etag": "\(etag)", "request_id": "\(TestID.next())"}
      """
  }
}

extension TestShop {
  /// Locks the row of a query, and begins `work`, which waits for it. The row of the query `free` must not be locked
  /// then.
  /// - Returns: `work`, which goes on.
  func whileLocked(
    _ row: @escaping @Sendable () -> Query, free: @escaping @Sendable () -> Query,
    _ work: @escaping @Sendable () async throws -> Void
  ) async throws -> Task<Void, any Error> {
    try await run { database in
      try await database.transaction { transaction -> Task<Void, any Error> in
        _ = try await transaction.rows("\(row()) FOR NO KEY UPDATE", access: .write)
        let waiting = Task { try await work() }
        try await untilOneWaits()
        _ = try await transaction.rows("\(free()) FOR NO KEY UPDATE NOWAIT", access: .write)
        return waiting
      }
    }
  }

  /// Waits until one connection waits for a lock.
  func untilOneWaits() async throws {
    try await eventually {
      try await number {
        """
        SELECT count(*) AS n
          FROM pg_stat_activity a
         WHERE a.datname = current_database() AND a.wait_event_type = 'Lock'
        """
      } == 1
    }
  }

  /// The ids of the sellers.
  func sellers() async throws -> [String] {
    try await run { database in
      try await database.rows("SELECT s.id FROM catalog.seller s ORDER BY s.name").map { try $0.string("id") }
    }
  }

  /// Hides the products of a seller from shoppers, or shows them again.
  func hide(_ seller: String, _ isHidden: Bool = true) async throws {
    _ = try await run { database in
      try await database.rows("SELECT catalog.hide_seller(\(seller)::uuid, \(isHidden)::boolean)", access: .write).count
    }
  }
}
