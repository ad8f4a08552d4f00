internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// One page of the products that a channel shows.
///
/// A channel that shows all products reads the rows and indexes of ``ProductList``, and passes over those that it
/// excludes. One that shows only some reads catalog.channel_shelf, which has these alone.
struct ChannelProductList: PagedList {
  typealias Element = Product

  let page: PageRequest
  private let channel: ShopChannel
  private let source: ProductSource
  private let filters: ProductFilters

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(
    _ request: ListProductsRequest, in channel: ShopChannel, _ currency: Currency, _ signer: TokenSigner
  ) throws {
    var check = RequestCheck()
    self.channel = channel
    let order = ProductOrder(request.sort, &check)
    filters = ProductFilters(request, in: currency, &check)
    source = ProductSource(filters)
    page = try check.page(
      of: request,
      in: channel.showsAll ? order.order(of: source) : order.order(prefix: "channel_shelf", isShelf: true),
      signedBy: signer, ProductList.pageSizes)
    try check.verify()
  }

  var version: Query? { ShopChannel.version }

  var rows: ListRows {
    let rest = filters.rest(of: source, isShelf: !channel.showsAll || source.isShelf)
    let condition: Query = rest.map { "\(self.condition) AND \($0)" } ?? self.condition
    return ListRows(ShopChannel.product, from: tables, where: condition, areFrequent: rest == nil)
  }

  private var tables: Query {
    if channel.showsAll {
      return """
        \(source.tables)
          \(channel.listing)
        """
    }
    return """
      catalog.channel_shelf h
        JOIN catalog.channel_listing l ON l.product_id = h.product_id AND l.channel_id = h.channel_id
        JOIN catalog.seller s ON s.id = h.seller_id
        JOIN catalog.product p ON p.id = h.product_id
        JOIN catalog.category c ON c.id = p.category_id
      """
  }

  private var condition: Query {
    if channel.showsAll { return "\(source.condition) AND \(channel.shows)" }
    return "h.channel_id = \(channel.id) AND \(scope) AND NOT s.is_hidden AND \(channel.shows)"
  }

  /// The rows of catalog.channel_shelf: a few texts for all sources.
  private var scope: Query {
    switch source {
    case .every: "h.scope_id = \(ID.none)"
    case .category(let id), .seller(let id): "h.scope_id = \(id)"
    case .brand(let brand): "h.scope_id = catalog.brand_scope(\(brand)) AND h.brand = \(brand)"
    }
  }
}
