internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the products of any status, within the sellers that the caller may access.
struct ManagedProductList: PagedList {
  typealias Element = Product

  let page: PageRequest
  private let sellers: SellerAccess
  private let seller: ID?
  private let status: String?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListManagedProductsRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    seller = check.optionalID(request.sellerID, "seller_id")
    status = Self.status(request.status, &check)
    let isOfOne = seller != nil || caller.sellers != .every
    let order = ListOrder(
      "newest", .index(isOfOne ? "product_of_seller_by_creation" : "product_by_creation"), .descending,
      by: .time("p.created_at", in: "create_time"), .id("p.id", in: "id"))
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
        \(sellers.covers("p.seller_id")) AND \(ofSeller) AND (\(status)::text IS NULL OR p.status = \(status))
        """)
  }

  private var ofSeller: Query { seller.map { "p.seller_id = \($0)" } ?? "true" }
}
