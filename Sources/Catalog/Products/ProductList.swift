internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// One page of products: its filters, its order, its position.
struct ProductList: PagedList {
  typealias Element = Product

  static let pageSizes = PageSizes(usual: 20, most: 250)

  let page: PageRequest
  private let source: ProductSource
  private let filters: ProductFilters

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListProductsRequest, in currency: Currency, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let order = ProductOrder(request.sort, &check)
    filters = ProductFilters(request, in: currency, &check)
    source = ProductSource(filters)
    _ = check.code(request.channel, "channel")
    page = try check.page(of: request, in: order.order(of: source), signedBy: signer, Self.pageSizes)
    try check.verify()
  }

  var version: Query? { ProductColumns.version }

  var rows: ListRows {
    guard let rest = filters.rest(of: source) else {
      return ListRows(ProductColumns.product, from: source.tables, where: source.condition, areFrequent: true)
    }
    return ListRows(ProductColumns.product, from: source.tables, where: "\(source.condition) AND \(rest)")
  }
}
