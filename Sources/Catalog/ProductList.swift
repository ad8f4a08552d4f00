internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of products: which, in what order, from where on.
struct ProductList {
  private static let pageSizeMax = 250
  private static let pageSizeUsual = 20

  private let order: ProductOrder
  private let filters: ProductFilters
  private let after: PageToken?
  private let size: Int

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListProductsRequest) throws {
    var check = RequestCheck()
    size = check.pageSize(request.pageSize, usual: Self.pageSizeUsual, most: Self.pageSizeMax)
    order = ProductOrder(request.sort, &check)
    filters = ProductFilters(request, &check)
    after = check.pageToken(request.pageToken.string, filters: filters.fingerprint(order))
    try check.verify()
  }

  /// One row more than the page has, to know whether there is another page.
  var query: Query {
    filters.category == nil
      ? """
      SELECT \(ProductColumns.product)
        FROM catalog.product p
        JOIN catalog.seller s ON s.id = p.seller_id
        JOIN catalog.category c ON c.id = p.category_id
       WHERE p.status = 'active'\(filters.onProduct)\(order.behind(after, of: .product))
       ORDER BY \(order.columns(of: .product))
       LIMIT \(size + 1)
      """
      : """
      SELECT \(ProductColumns.product)
        FROM catalog.shelf h
        JOIN catalog.product p ON p.id = h.product_id
        JOIN catalog.seller s ON s.id = p.seller_id
        JOIN catalog.category c ON c.id = p.category_id
       WHERE h.category_id = \(filters.category)\(filters.onShelf)\(order.behind(after, of: .shelf))
       ORDER BY \(order.columns(of: .shelf))
       LIMIT \(size + 1)
      """
  }

  /// The page that the query's rows make.
  func page(of rows: RepeatedField<Product>, in arena: Arena) -> ListProductsResponse {
    let response = ListProductsResponse(in: arena)
    guard rows.count > size else {
      response.products = rows
      return response
    }
    let products = RepeatedField(rows.prefix(size), in: arena)
    response.products = products
    if let last = products.last, let id = ID(last.id.string) {
      let token = PageToken(sortKey: order.key(of: last), id: id)
      response.nextPageToken = arena.text(token.text(filters: filters.fingerprint(order)))
    }
    return response
  }
}
