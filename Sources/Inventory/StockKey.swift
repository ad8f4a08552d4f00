internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The product or variants whose stock a request asks for.
enum StockKey {
  private static let variantsMax = 250

  case variants([ID])
  case product(ID)

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: GetStockRequest) throws {
    var check = RequestCheck()
    if request.productID.isEmpty {
      self = .variants(check.ids(request.variantIDs, "variant_ids", count: 1...Self.variantsMax))
    } else {
      self = .product(check.id(request.productID, "product_id"))
      check.require(request.variantIDs.isEmpty, "variant_ids", "Must be empty when product_id is set.")
    }
    try check.verify()
  }

  func query(_ visibility: StockVisibility) -> Query {
    switch self {
    case .variants(let ids):
      """
      SELECT \(StockColumns.stock(visibility))
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id AND \(visibility.covers)
       WHERE s.variant_id = ANY (\(ids))
       ORDER BY s.variant_id
      """
    case .product(let id):
      """
      SELECT \(StockColumns.stock(visibility))
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id AND \(visibility.covers)
       WHERE s.product_id = \(id)
       ORDER BY s.variant_id
      """
    }
  }

  /// The error when there is none.
  var missing: InventoryError {
    switch self {
    case .variants(let ids): .noSuchVariants(ids.map(\.description))
    case .product(let id): .noSuchSelection(type: "fastshop.catalog.v1.Product", name: id.description)
    }
  }
}

extension ContentionKey {
  /// The stock of a variant.
  static func stock(_ variant: ID) -> ContentionKey { ContentionKey("inventory.stock", variant) }
}
