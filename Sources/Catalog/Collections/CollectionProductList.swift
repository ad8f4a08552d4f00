internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of the products that were put into a collection, as shoppers see them.
struct CollectionProductList: PagedList {
  typealias Element = Product

  /// As those of ``ProductList``, which reads the products of a collection with a rule.
  private static let pageSizes = PageSizes(usual: 20, most: 250)

  let page: PageRequest
  let collection: ID
  /// The channel that shows them; nil for the whole shop.
  var channel: ShopChannel?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListCollectionProductsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    collection = check.id(request.collectionID, "collection_id")
    let order = ListOrder(
      "position", .index("collection_product_by_position"), by: .number("x.position"), .id("x.product_id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer, Self.pageSizes)
    try check.verify()
  }

  var version: Query? { channel.version }

  var rows: ListRows {
    ListRows(
      channel.product,
      from: """
        catalog.collection_product x
          JOIN catalog.product p ON p.id = x.product_id
          JOIN catalog.seller s ON s.id = p.seller_id
          JOIN catalog.category c ON c.id = p.category_id
          \(channel.listing)
        """,
      where: "x.collection_id = \(collection) AND p.status = 'active' AND NOT s.is_hidden AND \(channel.shows)")
  }
}
