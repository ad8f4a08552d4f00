internal import CatalogAPI
internal import Platform
internal import Postgres

/// The order of a list of products. Each is one index of each ``ProductSource``, read forward or backward.
enum ProductOrder: String {
  case newest, cheapest, dearest, bestRated, mostSold

  init(_ sort: ProductSort, _ check: inout RequestCheck) {
    switch sort {
    case .unspecified, .newest: self = .newest
    case .priceAscending: self = .cheapest
    case .priceDescending: self = .dearest
    case .rating: self = .bestRated
    case .popular: self = .mostSold
    case .unrecognized(let number):
      check.refuse("sort", "Has no value \(number).")
      self = .newest
    }
  }

  /// The order of a list that is read from `source`.
  func order(of source: ProductSource) -> ListOrder { order(prefix: source.indexPrefix, isShelf: source.isShelf) }

  /// The order of a list that is read from rows of a shelf, `h`, or of catalog.product, `p`.
  /// - Parameter prefix: the beginning of the names of their indexes.
  func order(prefix: String, isShelf: Bool) -> ListOrder {
    let key: ListKey =
      switch (self, isShelf) {
      case (.newest, false): .time("p.published_at", in: "publish_time")
      case (.newest, true): .time("h.published_at", in: "publish_time")
      case (.cheapest, false), (.dearest, false): .number("p.price_minor", in: "price.amount_minor")
      case (.cheapest, true), (.dearest, true): .number("h.price_minor", in: "price.amount_minor")
      case (.bestRated, false): .number("p.rating_score", in: "rating.score")
      case (.bestRated, true): .number("h.rating_score", in: "rating.score")
      case (.mostSold, false): .number("p.units_sold", in: "units_sold")
      case (.mostSold, true): .number("h.units_sold", in: "units_sold")
      }
    return ListOrder(
      rawValue, .index("\(prefix)_by_\(indexSuffix)"), self == .cheapest ? .ascending : .descending,
      by: key, .id(isShelf ? "h.product_id" : "p.id", in: "id"))
  }

  private var indexSuffix: String {
    switch self {
    case .newest: "age"
    case .cheapest, .dearest: "price"
    case .bestRated: "rating"
    case .mostSold: "sales"
    }
  }
}
