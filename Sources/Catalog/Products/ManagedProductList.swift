internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the products of any status, within the sellers that the caller may access.
///
/// The most selective filter decides how the products are found; the others are checked product by product.
struct ManagedProductList: PagedList {
  typealias Element = Product

  /// How the products are found.
  private enum Source {
    case every
    case status
    case search
  }

  private static let searchCharactersMax = 100

  let page: PageRequest
  private let source: Source
  /// The only seller whose products are listed; nil for all.
  private let seller: ID?
  private let status: String?
  private let search: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListManagedProductsRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    seller = Self.seller(check.optionalID(request.sellerID, "seller_id"), within: caller.sellers)
    status = Self.status(request.status, &check)
    search = check.line(request.search, "search", upTo: Self.searchCharactersMax)
    if !search.isEmpty {
      source = .search
    } else {
      source = status == nil ? .every : .status
    }
    page = try check.page(of: request, in: Self.order(source, isOfOne: seller != nil), signedBy: signer)
    try check.verify()
  }

  private static func order(_ source: Source, isOfOne: Bool) -> ListOrder {
    let access: ListOrder.Access =
      switch source {
      case .every: .index(isOfOne ? "product_of_seller_by_creation" : "product_by_creation")
      case .status: .index(isOfOne ? "product_of_seller_by_status" : "product_by_status")
      case .search: .search
      }
    return ListOrder(
      "newest", access, .descending, by: .time("p.created_at", in: "create_time"), .id("p.id", in: "id"))
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
    ListRows(
      ProductColumns.managed, from: ProductColumns.tables, where: "\(isOfSeller("p.seller_id")) AND \(condition)")
  }

  private func isOfSeller(_ column: Query) -> Query { seller.map { "\(column) = \($0)" } ?? "true" }

  /// The condition that an index serves, and the rest.
  private var condition: Query {
    switch source {
    case .every: "true"
    case .status: "p.status = \(status)"
    case .search: "(\(status)::text IS NULL OR p.status = \(status)) AND \(matching)"
    }
  }

  /// Matches the beginning of a title or of a SKU, each by its index, of all sellers or of one: what others have does
  /// not make the search of a seller slow. The index of titles has so many characters of them, because what some
  /// characters become for a search is many times as long.
  private var matching: Query {
    """
    p.id IN (SELECT t.id FROM catalog.product t
              WHERE \(isOfSeller("t.seller_id"))
                AND starts_with(
                      left(platform.search_key(t.title), 100) COLLATE "C", left(platform.search_key(\(search)), 100))
              UNION ALL
             SELECT v.product_id FROM catalog.variant v
              WHERE \(isOfSeller("v.seller_id")) AND starts_with(v.sku COLLATE "C", \(search)))
    """
  }
}
