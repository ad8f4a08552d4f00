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

  /// Whether the indexes of the order serve a range of prices.
  var isByPrice: Bool { self == .cheapest || self == .dearest }

  /// The condition that its indexes of `source` serve. A list begins with ``firstPrice(_:)``; here is where it ends.
  func condition(of source: ProductSource, _ filters: ProductFilters) -> Query {
    condition(source.condition, id: source.id, filters)
  }

  /// The same, of rows that `condition` selects.
  func condition(_ condition: Query, id: Query, _ filters: ProductFilters) -> Query {
    switch self {
    case .cheapest: "\(condition) AND \(filters.isNotAbove(id))"
    case .dearest: "\(condition) AND \(filters.isNotBelow(id))"
    case .newest, .bestRated, .mostSold: condition
    }
  }

  /// The price with which an order by price begins, where a filter says so.
  func firstPrice(_ filters: ProductFilters) -> String? {
    switch self {
    case .cheapest: filters.minPrice.map(String.init)
    case .dearest: filters.maxPrice.map(String.init)
    case .newest, .bestRated, .mostSold: nil
    }
  }

  /// The order of a list that is found in `source`, which does not serve all of its filters if it `isWalked`.
  func order(of source: ProductSource, isWalked: Bool) -> ListOrder {
    order(by: source.index(by: indexName), id: source.id, isWalked: isWalked)
  }

  /// The order of the rows of a channel that shows what is listed.
  func orderOfChannel(isWalked: Bool) -> ListOrder {
    order(by: "channel_shelf_by_\(indexName)", id: "h.product_id", isWalked: isWalked)
  }

  private func order(by index: String, id: Query, isWalked: Bool) -> ListOrder {
    let key: ListKey =
      switch self {
      case .newest: .time("h.published_at", in: "publish_time")
      case .cheapest, .dearest: .number("h.price_minor", in: "price.amount_minor")
      case .bestRated: .number("h.rating_score", in: "rating.score")
      case .mostSold: .number("h.units_sold", in: "units_sold")
      }
    return ListOrder(
      rawValue, isWalked ? .walk(index) : .index(index), self == .cheapest ? .ascending : .descending, by: key,
      .id(id, in: "id"))
  }

  private var indexName: String {
    switch self {
    case .newest: "age"
    case .cheapest, .dearest: "price"
    case .bestRated: "rating"
    case .mostSold: "sales"
    }
  }
}
