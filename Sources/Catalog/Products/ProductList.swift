internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// One page of products, of the whole shop or of a channel that shows all but what is excluded: its filters, its order,
/// its position.
struct ProductList: PagedList {
  typealias Element = Product

  static let pageSizes = PageSizes(usual: 20, most: 250)

  let page: PageRequest
  private let filters: ProductFilters
  private let order: ProductOrder
  private let source: ProductSource
  private let channel: ShopChannel?
  private let bounds: IndexWalk.Bounds

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(
    _ request: ListProductsRequest, in currency: Currency, _ signer: TokenSigner, channel: ShopChannel? = nil,
    _ bounds: IndexWalk.Bounds = .usual
  ) throws {
    var check = RequestCheck()
    order = ProductOrder(request.sort, &check)
    filters = ProductFilters(request, in: currency, &check)
    source = ProductSource(filters, in: order)
    self.channel = channel
    self.bounds = bounds
    _ = check.code(request.channel, "channel")
    let hasRest = Self.rest(of: filters, in: order, source) != nil
    let listed = order.order(of: source, isWalked: hasRest).beginning(with: order.firstPrice(filters))
    page = try check.page(of: request, in: listed, signedBy: signer, Self.pageSizes)
    try check.verify()
  }

  var version: Query? { channel.version }

  var rows: ListRows {
    let joins: Query = channel.map { "\(source.joins) \($0.listing)" } ?? source.joins
    return ListRows(channel.product, foundBy: walk, joins, isPlannedOnce: true)
  }

  /// The seller and the channel show the product whose id is `id`.
  private func isShown(_ id: Query) -> Query {
    channel.map { "\(filters.isShown) AND \($0.doesNotExclude(id))" } ?? filters.isShown
  }

  private var walk: IndexWalk {
    let served = order.condition(of: source, filters)
    guard let rest = Self.rest(of: filters, in: order, source) else {
      return IndexWalk(source.table, where: "\(served) AND \(isShown(source.id))", whole: whole)
    }
    return IndexWalk(
      source.table, where: served, whole: whole,
      filters: IndexWalk.Filters(checked: "\(rest) AND \(isShown(source.id))", bounds))
  }

  /// All conditions, for the index by price that serves most filters.
  private var whole: Query {
    let narrow = ProductSource.narrowest(filters)
    let prices: Query = "\(filters.isNotBelow(narrow.id)) AND \(filters.isNotAbove(narrow.id))"
    let served: Query = "\(narrow.table) WHERE \(narrow.condition) AND \(prices) AND \(isShown(narrow.id))"
    return narrow.rest(of: filters).map { "\(served) AND \($0)" } ?? served
  }

  /// The filters that the index of the order does not serve; nil when it serves all.
  private static func rest(of filters: ProductFilters, in order: ProductOrder, _ source: ProductSource) -> Query? {
    let rest = source.rest(of: filters)
    if order.isByPrice || rest == nil && !filters.hasPrices { return rest }
    return rest.map { "\(filters.isOfPrice) AND \($0)" } ?? filters.isOfPrice
  }
}
