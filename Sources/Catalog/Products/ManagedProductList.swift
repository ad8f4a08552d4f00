internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the products of any status, within the sellers that the caller may access.
struct ManagedProductList: PagedList {
  typealias Element = Product

  private static let searchCharactersMax = 100

  let page: PageRequest
  private let sellers: SellerAccess
  private let seller: ID?
  private let status: String?
  private let search: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListManagedProductsRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    seller = check.optionalID(request.sellerID, "seller_id")
    status = Self.status(request.status, &check)
    search = check.line(request.search, "search", upTo: Self.searchCharactersMax)
    let isOfOne = seller != nil || caller.sellers != .every
    let index = isOfOne ? "product_of_seller_by_creation" : "product_by_creation"
    let order = ListOrder(
      "newest", search.isEmpty ? .index(index) : .search, .descending, by: .time("p.created_at", in: "create_time"),
      .id("p.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
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
    ListRows(
      ProductColumns.managed, from: ProductColumns.tables,
      where: """
        \(ofSellers) AND (\(status)::text IS NULL OR p.status = \(status)) AND \(matching)
        """)
  }

  /// Whoever reaches one seller's products has one statement with the filter and without it.
  private var ofSellers: Query {
    switch sellers {
    case .every: seller.map { "p.seller_id = \($0)" } ?? "true"
    case .only(let own): "p.seller_id = \(own) AND (\(seller)::uuid IS NULL OR p.seller_id = \(seller))"
    case .none: "false"
    }
  }

  /// Matches the beginning of a title or of a SKU, each by its index.
  private var matching: Query {
    guard !search.isEmpty else { return "true" }
    return """
      p.id IN (SELECT t.id FROM catalog.product t
                WHERE starts_with(platform.search_key(t.title) COLLATE "C", platform.search_key(\(search)))
                UNION ALL
               SELECT v.product_id FROM catalog.variant v WHERE starts_with(v.sku COLLATE "C", \(search)))
      """
  }
}
