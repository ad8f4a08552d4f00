import CatalogAPI
import Platform
import Protobuf

@testable import Catalog
@testable import Platform

/// Filters of a list of products; nil where there is none.
struct FilterSet: CustomStringConvertible {
  var category: String?
  var seller: String?
  var brand: String?
  var prices: ClosedRange<Int64>?

  static let sorts: [ProductSort] = [.newest, .priceAscending, .priceDescending, .rating, .popular]

  /// Every set of these filters.
  static func all(_ whole: FilterSet) -> [FilterSet] {
    (0..<16).map { bits in
      var set = whole
      if bits & 1 == 0 { set.category = nil }
      if bits & 2 == 0 { set.seller = nil }
      if bits & 4 == 0 { set.brand = nil }
      if bits & 8 == 0 { set.prices = nil }
      return set
    }
  }

  var description: String {
    [category.map { _ in "category" }, seller.map { _ in "seller" }, brand, prices.map { "\($0)" }]
      .compactMap(\.self).joined(separator: ", ")
  }

  func fill(_ request: ListProductsRequest) {
    if let category { request.categoryID = request.text(category) }
    if let seller { request.sellerID = request.text(seller) }
    if let brand { request.brand = request.text(brand) }
    if let prices { (request.minPriceMinor, request.maxPriceMinor) = (prices.lowerBound, prices.upperBound) }
  }

  func list(
    _ sort: ProductSort, size: Int32 = 20, after token: String = "", _ bounds: IndexWalk.Bounds
  ) throws -> ProductList {
    let request = request(ListProductsRequest.self) {
      fill($0)
      ($0.sort, $0.pageSize, $0.pageToken, $0.withTotalSize) = (sort, size, $0.text(token), true)
    }
    return try ProductList(request, in: .euro, TestShop.vault.tokenSigner(for: "a list"), bounds)
  }
}
