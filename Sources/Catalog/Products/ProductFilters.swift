internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The filters of a list of products. All prices are in the shop's currency: see ``ShopCurrency``.
struct ProductFilters {
  let category: ID?
  let seller: ID?
  let brand: String?
  private let minPrice: Int64?
  private let maxPrice: Int64?

  init(_ request: ListProductsRequest, in currency: Currency, _ check: inout RequestCheck) {
    category = check.optionalID(request.categoryID, "category_id")
    seller = check.optionalID(request.sellerID, "seller_id")
    let brand = check.line(request.brand, "brand")
    self.brand = brand.isEmpty ? nil : brand
    if !request.currency.isEmpty { check.isShopCurrency(request.currency, "currency", currency) }
    minPrice = request.minPriceMinor
    maxPrice = request.maxPriceMinor
    check.require(minPrice ?? 0 >= 0, "min_price_minor", "Must not be negative.")
    check.require(maxPrice ?? 0 >= 0, "max_price_minor", "Must not be negative.")
    if let minPrice, let maxPrice {
      check.require(minPrice <= maxPrice, "max_price_minor", "Must not be below min_price_minor.")
    }
  }

  /// The conditions that are checked row by row; nil when there are none.
  func rest(of source: ProductSource) -> Query? { rest(of: source, isShelf: source.isShelf) }

  /// The same, for rows of a shelf, `h`, or of catalog.product, `p`.
  func rest(of source: ProductSource, isShelf: Bool) -> Query? {
    if minPrice == nil, maxPrice == nil {
      switch source {
      case .every: return nil
      case .category where seller == nil && brand == nil: return nil
      case .seller where brand == nil: return nil
      case .brand: return nil
      case .category, .seller: break
      }
    }
    return isShelf
      ? """
      (\(seller)::uuid IS NULL OR h.seller_id = \(seller)) AND (\(brand)::text IS NULL OR h.brand = \(brand))
         AND (\(minPrice)::bigint IS NULL OR h.price_minor >= \(minPrice))
         AND (\(maxPrice)::bigint IS NULL OR h.price_minor <= \(maxPrice))
      """
      : """
      (\(seller)::uuid IS NULL OR p.seller_id = \(seller)) AND (\(brand)::text IS NULL OR p.brand = \(brand))
         AND (\(minPrice)::bigint IS NULL OR p.price_minor >= \(minPrice))
         AND (\(maxPrice)::bigint IS NULL OR p.price_minor <= \(maxPrice))
      """
  }
}
