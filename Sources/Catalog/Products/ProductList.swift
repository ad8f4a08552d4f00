internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// One page of products: its filters, its order, its position.
struct ProductList: PagedList {
  typealias Element = Product

  private static let pageSizes = PageSizes(usual: 20, most: 250)

  let page: PageRequest
  private let source: ProductSource
  private let order: ProductOrder
  private let filters: ProductFilters
  private let rowsMax: Int

  /// - Parameter rowsMax: the rows that a walk along the order looks at; see ``IndexWalk``.
  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListProductsRequest, _ signer: TokenSigner, within rowsMax: Int = IndexWalk.rowsUsual) throws {
    var check = RequestCheck()
    order = ProductOrder(request.sort, &check)
    filters = ProductFilters(request, &check)
    source = ProductSource(filters, order)
    self.rowsMax = rowsMax
    page = try check.page(of: request, in: order.order(of: source), signedBy: signer, Self.pageSizes)
    try check.verify()
  }

  var rows: ListRows {
    let condition: Query = order.isByPrice ? "\(source.condition) AND \(filters.isOfPrice)" : source.condition
    let walk = IndexWalk(
      source.table, where: condition, filters: source.rest(of: filters, in: order, within: rowsMax))
    return ListRows(ProductColumns.product, foundBy: walk, source.joins, isPlannedOnce: true)
  }
}
