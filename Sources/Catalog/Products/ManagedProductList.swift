internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the products of any status, within the sellers that the caller may access.
struct ManagedProductList: PagedList {
  typealias Element = Product

  private static let searchCharactersMax = 100
  /// What a search compares is made from each title that a walk looks at, and is ready in the index of titles: few are
  /// looked at, and many gathered. A page is complete within the first if one product in six matches. When more match
  /// than are gathered, and the next products of the order are not among them, all that match are sorted.
  static let searchBounds = IndexWalk.Bounds(walkedMax: 300, gatheredMax: 20_000, walkedFurtherMax: 20_000)

  let page: PageRequest
  /// The only seller whose products are listed; nil for all.
  private let seller: ID?
  private let status: String?
  private let search: String
  /// The external id of the only product that is listed; nil for all.
  private let externalID: String?
  private let bounds: IndexWalk.Bounds

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(
    _ request: ListManagedProductsRequest, for caller: Caller, _ signer: TokenSigner,
    _ bounds: IndexWalk.Bounds = ManagedProductList.searchBounds
  ) throws {
    var check = RequestCheck()
    seller = Self.seller(check.optionalID(request.sellerID, "seller_id"), within: caller.sellers)
    status = Self.status(request.status, &check)
    search = check.line(request.search, "search", upTo: Self.searchCharactersMax)
    externalID = check.externalID(request.externalID, "external_id")
    check.require(
      externalID == nil || seller != nil, "seller_id",
      "Must be set with external_id: each seller has external ids of their own.")
    self.bounds = bounds
    let index = "product\(seller == nil ? "" : "_of_seller")_by_\(status == nil ? "creation" : "status")"
    let order = ListOrder(
      "newest", externalID != nil ? .sort(atMost: 1) : search.isEmpty ? .index(index) : .walk(index), .descending,
      by: .time("h.created_at", in: "create_time"), .id("h.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  /// The only seller whose products are listed: no seller has the id that stands for none.
  private static func seller(_ wanted: ID?, within sellers: SellerAccess) -> ID? {
    switch sellers {
    case .every: wanted
    case .only(let own): wanted == nil || wanted == own ? own : ID.none
    case .none: ID.none
    }
  }

  private static func status(_ status: ProductStatus, _ check: inout RequestCheck) -> String? {
    switch status {
    case .unspecified: return nil
    case .draft: return ProductState.draft.rawValue
    case .active: return ProductState.active.rawValue
    case .archived: return ProductState.archived.rawValue
    case .unrecognized(let number):
      check.refuse("status", "Has no value \(number).")
      return nil
    }
  }

  var rows: ListRows {
    if let externalID { return one(externalID) }
    let walk =
      search.isEmpty
      ? IndexWalk("catalog.product h", where: condition, whole: "catalog.product h WHERE \(condition)")
      : IndexWalk(
        "catalog.product h", where: condition, whole: matches, repeats: true,
        filters: IndexWalk.Filters(checked: isMatch, bounds))
    return ListRows(ProductColumns.managed, foundBy: walk, ProductSource.every.joins)
  }

  /// The product with an external id, if the other filters have it, too.
  private func one(_ externalID: String) -> ListRows {
    ListRows(
      ProductColumns.managed, from: "catalog.product h \(ProductSource.every.joins)",
      where: """
        h.seller_id = \(seller) AND h.external_id = \(externalID)
           AND (\(status)::text IS NULL OR h.status = \(status)) AND \(isMatch)
        """)
  }

  private var condition: Query { "\(isOfSeller("h.seller_id")) AND \(isOfStatus("h.status"))" }

  private func isOfSeller(_ column: Query) -> Query { seller.map { "\(column) = \($0)" } ?? "true" }

  private func isOfStatus(_ column: Query) -> Query { status.map { "\(column) = \($0)" } ?? "true" }

  /// The search matches the beginning of a title or of a SKU. OFFSET 0: each product's variants are looked up by
  /// themselves, instead of all that match.
  private var isMatch: Query {
    """
    (\(begins(title: "h.title"))
            OR EXISTS (SELECT FROM catalog.variant v
                        WHERE v.product_id = h.id AND \(begins(sku: "v.sku")) OFFSET 0))
    """
  }

  /// All that match, by the indexes of titles and of SKUs, of all sellers or of one: what others have does not make the
  /// search of a seller slow. A product with several such SKUs comes several times.
  private var matches: Query {
    """
    (SELECT t.created_at, t.id FROM catalog.product t
      WHERE \(isOfSeller("t.seller_id")) AND \(isOfStatus("t.status")) AND \(begins(title: "t.title"))
      UNION ALL
     SELECT p.created_at, p.id
       FROM catalog.variant v
      CROSS JOIN LATERAL (
              SELECT p.created_at, p.id FROM catalog.product p
               WHERE p.id = v.product_id AND \(isOfStatus("p.status")) OFFSET 0) p
      WHERE \(isOfSeller("v.seller_id")) AND \(begins(sku: "v.sku"))) h
     WHERE true
    """
  }

  /// The index of titles has so many characters of them, because what some characters become for a search is many times
  /// as long.
  private func begins(title: Query) -> Query {
    """
    starts_with(
      left(platform.search_key(\(title)), 100) COLLATE "C", left(platform.search_key(\(search)), 100))
    """
  }

  private func begins(sku: Query) -> Query { "starts_with(\(sku) COLLATE \"C\", \(search))" }
}
