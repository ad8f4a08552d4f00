internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// One page of the products of a channel that shows only what is listed. It reads catalog.channel_shelf, which has
/// these alone; a channel that shows all products but those that are excluded is read by ``ProductList``.
struct ChannelProductList: PagedList {
  typealias Element = Product

  let page: PageRequest
  private let channel: ShopChannel
  private let filters: ProductFilters
  private let order: ProductOrder

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(
    _ request: ListProductsRequest, in channel: ShopChannel, _ currency: Currency, _ signer: TokenSigner
  ) throws {
    var check = RequestCheck()
    self.channel = channel
    order = ProductOrder(request.sort, &check)
    filters = ProductFilters(request, in: currency, &check)
    let listed = order.orderOfChannel(isWalked: Self.rest(of: filters, in: order) != nil)
    page = try check.page(
      of: request, in: listed.beginning(with: order.firstPrice(filters)), signedBy: signer, ProductList.pageSizes)
    try check.verify()
  }

  var version: Query? { ShopChannel.version }

  var rows: ListRows {
    ListRows(
      ShopChannel.product, foundBy: walk,
      """
      JOIN catalog.product p ON p.id = h.product_id
        JOIN catalog.seller s ON s.id = p.seller_id
        JOIN catalog.category c ON c.id = p.category_id
        \(channel.listing)
      """, isPlannedOnce: true)
  }

  private var walk: IndexWalk {
    let base: Query = "h.channel_id = \(channel.id) AND \(scope)"
    let shown: Query = "\(filters.isShown) AND \(channel.doesNotExclude("h.product_id"))"
    let served = order.condition(base, id: "h.product_id", filters)
    var prices: Query { "\(filters.isNotBelow("h.product_id")) AND \(filters.isNotAbove("h.product_id"))" }
    var all: Query { "catalog.channel_shelf h WHERE \(base) AND \(prices) AND \(shown)" }
    guard let rest = Self.rest(of: filters, in: order) else {
      return IndexWalk("catalog.channel_shelf h", where: "\(served) AND \(shown)", whole: all)
    }
    return IndexWalk(
      "catalog.channel_shelf h", where: served, whole: "\(all) AND \(rest)",
      filters: IndexWalk.Filters(checked: "\(rest) AND \(shown)", .usual))
  }

  /// The rows of catalog.channel_shelf for the first filter: a few texts for all of them. A scope is that of a category
  /// or a seller only if there is one: a request may have the id of something else.
  private var scope: Query {
    if let category = filters.category {
      return "h.scope_id = (SELECT k.id FROM catalog.category k WHERE k.id = \(category))"
    }
    if let seller = filters.seller { return "h.scope_id = (SELECT k.id FROM catalog.seller k WHERE k.id = \(seller))" }
    if let brand = filters.brand { return "h.scope_id = catalog.brand_scope(\(brand))" }
    return "h.scope_id = \(ID.none)"
  }

  /// The filters that the index of the order does not serve; nil when it serves all. A scope of a brand may have
  /// products of another one.
  private static func rest(of filters: ProductFilters, in order: ProductOrder) -> Query? {
    let isServed = filters.brand == nil && (filters.category == nil || filters.seller == nil)
    let rest: Query? = isServed ? nil : "\(filters.isOfSeller) AND \(filters.isOfBrand)"
    if order.isByPrice || rest == nil && !filters.hasPrices { return rest }
    return rest.map { "\(filters.isOfPrice) AND \($0)" } ?? filters.isOfPrice
  }
}
