internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// One page of products: its filters, its order, its position.
struct ProductList {
  private static let pageSizes = PageSizes(usual: 20, most: 250)

  private let order: ProductOrder
  private let filters: ProductFilters
  private let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListProductsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    order = ProductOrder(request.sort, &check)
    filters = ProductFilters(request, &check)
    page = check.page(
      request.pageSize, request.pageToken, signedBy: signer, Self.pageSizes, sortedBy: order.sortKey,
      filters: filters.fingerprint(order))
    try check.verify()
  }

  var query: Query {
    filters.category == nil
      ? """
      SELECT \(ProductColumns.product)
        FROM catalog.product p
        JOIN catalog.seller s ON s.id = p.seller_id
        JOIN catalog.category c ON c.id = p.category_id
       WHERE p.status = 'active'\(filters.onProduct)\(order.behind(page.after, of: .product))
       ORDER BY \(order.columns(of: .product))
       LIMIT \(page.limit)
      """
      : """
      SELECT \(ProductColumns.product)
        FROM catalog.shelf h
        JOIN catalog.product p ON p.id = h.product_id
        JOIN catalog.seller s ON s.id = p.seller_id
        JOIN catalog.category c ON c.id = p.category_id
       WHERE h.category_id = \(filters.category)\(filters.onShelf)\(order.behind(page.after, of: .shelf))
       ORDER BY \(order.columns(of: .shelf))
       LIMIT \(page.limit)
      """
  }

  /// The page that the query's rows make.
  func response(of rows: RepeatedField<Product>, in arena: Arena) -> ListProductsResponse {
    let response = ListProductsResponse(in: arena)
    (response.products, response.nextPageToken) = page.cut(rows, in: arena) { product in
      ID(product.id.string).map { PageToken(sortKey: order.key(of: product), id: $0) }
    }
    return response
  }
}
