internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The filters of a list of products.
struct ProductFilters {
  private static let brandBytesMax = 400

  let category: ID?
  private let seller: ID?
  private let brand: String?
  private let minPrice: Int64?
  private let maxPrice: Int64?

  init(_ request: ListProductsRequest, _ check: inout RequestCheck) {
    category = check.optionalID(request.categoryID, "category_id")
    seller = check.optionalID(request.sellerID, "seller_id")
    brand = request.brand.isEmpty ? nil : request.brand.string
    minPrice = request.minPriceMinor
    maxPrice = request.maxPriceMinor
    check.require(request.brand.utf8Count <= Self.brandBytesMax, "brand", "Must have at most 100 characters.")
    check.require(minPrice ?? 0 >= 0, "min_price_minor", "Must not be negative.")
    check.require(maxPrice ?? 0 >= 0, "max_price_minor", "Must not be negative.")
    if let minPrice, let maxPrice {
      check.require(minPrice <= maxPrice, "max_price_minor", "Must not be below min_price_minor.")
    }
  }

  /// The conditions on the table that the list is read from.
  var onProduct: Query {
    """
    \(seller.map { " AND p.seller_id = \($0)" as Query } ?? "")\
    \(brand.map { " AND p.brand = \($0)" as Query } ?? "")\
    \(minPrice.map { " AND p.price_minor >= \($0)" as Query } ?? "")\
    \(maxPrice.map { " AND p.price_minor <= \($0)" as Query } ?? "")
    """
  }

  /// The same on a category's shelf.
  var onShelf: Query {
    """
    \(seller.map { " AND h.seller_id = \($0)" as Query } ?? "")\
    \(brand.map { " AND h.brand = \($0)" as Query } ?? "")\
    \(minPrice.map { " AND h.price_minor >= \($0)" as Query } ?? "")\
    \(maxPrice.map { " AND h.price_minor <= \($0)" as Query } ?? "")
    """
  }

  /// Tells lists of different filters or orders apart.
  func fingerprint(_ order: ProductOrder) -> Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add("\(order)")
    for id in [category, seller] { fingerprint.add(id?.description ?? "") }
    fingerprint.add(brand ?? "")
    for price in [minPrice, maxPrice] { fingerprint.add(price.map(String.init) ?? "") }
    return fingerprint
  }
}
