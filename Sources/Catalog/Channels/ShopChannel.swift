internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A sales channel that shoppers read products in.
struct ShopChannel {
  let id: ID
  /// Whether it shows all products but those that are excluded; otherwise, only those that are listed.
  let showsAll: Bool
  /// The code of its currency.
  var currency: String?

  /// The channel that the field `channel` of a request names, which has the form of a code; nil without one.
  /// - Throws: ``CatalogError/channelNotActive(_:)``.
  static func named(_ code: Text, for call: Call) async throws -> ShopChannel? {
    if code.isEmpty { return nil }
    guard let row = try await call.database.rows(query(code.string)).first else {
      throw CatalogError.channelNotActive(code.string)
    }
    return ShopChannel(id: try row.id("id"), showsAll: try row.bool("shows_all"), currency: try row.string("currency"))
  }

  static func query(_ code: String) -> Query {
    """
    SELECT c.id, c.assortment = 'all' AS shows_all, c.currency
      FROM catalog.channel c
     WHERE c.code = \(code) AND c.is_active
    """
  }

  /// What joins the listing `l` of the product `p`, which may have none, to ``ProductColumns/tables``.
  /// Without OFFSET, Postgres may read all listings of the channel first.
  var listing: Query {
    """
    LEFT JOIN LATERAL (SELECT x.is_listed, x.visible_from, x.buyable_from
                              FROM catalog.channel_listing x
                             WHERE x.product_id = p.id AND x.channel_id = \(id)
                            OFFSET 0) l ON true
    """
  }

  /// A condition: no listing keeps the product whose id is `id` out of the channel, which shows all others.
  func doesNotExclude(_ id: Query) -> Query {
    """
    coalesce((SELECT x.is_listed AND (x.visible_from IS NULL OR x.visible_from <= now())
                       FROM catalog.channel_listing x
                      WHERE x.product_id = \(id) AND x.channel_id = \(self.id)), true)
    """
  }

  /// A condition: the channel shows the product that has the listing `l`, or none.
  var shows: Query {
    let isListed: Query = showsAll ? "l.is_listed IS NOT FALSE" : "l.is_listed"
    return "\(isListed) AND (l.visible_from IS NULL OR l.visible_from <= now())"
  }

  /// From when the product `p` with the listing `l`, or none, can be bought in the channel.
  static var buyableFrom: Query { "coalesce(l.buyable_from, p.buyable_from)" }

  /// The columns of a product as the channel shows it.
  static var product: Query { ProductColumns.product(buyableFrom: buyableFrom) }

  /// What ``product`` is made from: see ``ProductColumns/version``. A product that a channel shows as the whole shop
  /// does has the same version there, because its message is the same.
  static var version: Query { "\(ProductColumns.version) || coalesce(' ' || l.buyable_from, '')" }
}

/// What is read of products in a channel, or without one in the whole shop.
extension ShopChannel? {
  var product: Query { self == nil ? ProductColumns.product : ShopChannel.product }
  var version: Query { self == nil ? ProductColumns.version : ShopChannel.version }
  /// What joins the listing `l` of the product `p` where there is a channel.
  var listing: Query { self?.listing ?? "" }
  /// A condition: the channel, if there is one, shows the product.
  var shows: Query { self?.shows ?? "true" }
  /// From when the product `p` can be bought.
  var buyableFrom: Query { self == nil ? "p.buyable_from" : ShopChannel.buyableFrom }

  /// A page of a list of products, whose field `channel` has named the channel.
  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  func page(
    of request: ListProductsRequest, in currency: Currency, _ call: Call, through cache: MessageCache<Product>
  ) async throws -> EncodedPage<Product> {
    let signer = try call.tokenSigner
    guard let channel = self, !channel.showsAll else {
      return try await ProductList(request, in: currency, signer, channel: self).read(call, through: cache)
    }
    return try await ChannelProductList(request, in: channel, currency, signer).read(call, through: cache)
  }
}
