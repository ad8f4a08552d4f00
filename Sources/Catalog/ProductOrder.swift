internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// The order of a list. Each order is one index, read forward or backward.
enum ProductOrder {
  case newest, cheapest, dearest, bestRated, mostSold

  /// The rows that a list is read from: all products, or those of one category.
  enum Source { case product, shelf }

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

  /// The columns of ORDER BY.
  func columns(of source: Source) -> Query {
    switch (self, source) {
    case (.newest, .product): "p.published_at DESC, p.id DESC"
    case (.cheapest, .product): "p.price_minor, p.id"
    case (.dearest, .product): "p.price_minor DESC, p.id DESC"
    case (.bestRated, .product): "p.rating_score DESC, p.id DESC"
    case (.mostSold, .product): "p.units_sold DESC, p.id DESC"
    case (.newest, .shelf): "h.published_at DESC, h.product_id DESC"
    case (.cheapest, .shelf): "h.price_minor, h.product_id"
    case (.dearest, .shelf): "h.price_minor DESC, h.product_id DESC"
    case (.bestRated, .shelf): "h.rating_score DESC, h.product_id DESC"
    case (.mostSold, .shelf): "h.units_sold DESC, h.product_id DESC"
    }
  }

  /// The condition for the products after a position.
  func behind(_ place: PageToken?, of source: Source) -> Query {
    guard let place else { return "" }
    let (key, instant, id) = (place.sortKey, place.time, place.id)
    return switch (self, source) {
    case (.newest, .product): " AND (p.published_at, p.id) < (\(instant), \(id))"
    case (.cheapest, .product): " AND (p.price_minor, p.id) > (\(key), \(id))"
    case (.dearest, .product): " AND (p.price_minor, p.id) < (\(key), \(id))"
    case (.bestRated, .product): " AND (p.rating_score, p.id) < (\(key), \(id))"
    case (.mostSold, .product): " AND (p.units_sold, p.id) < (\(key), \(id))"
    case (.newest, .shelf): " AND (h.published_at, h.product_id) < (\(instant), \(id))"
    case (.cheapest, .shelf): " AND (h.price_minor, h.product_id) > (\(key), \(id))"
    case (.dearest, .shelf): " AND (h.price_minor, h.product_id) < (\(key), \(id))"
    case (.bestRated, .shelf): " AND (h.rating_score, h.product_id) < (\(key), \(id))"
    case (.mostSold, .shelf): " AND (h.units_sold, h.product_id) < (\(key), \(id))"
    }
  }

  /// The sort key of page tokens, besides the product's id.
  var sortKey: PageToken.SortKey { self == .newest ? .time : .number }

  /// The sort key of one product.
  func key(of product: Product) -> Int64 {
    switch self {
    case .newest: product.publishTime.flatMap(Instant.init)?.microseconds ?? 0
    case .cheapest, .dearest: product.price?.amountMinor ?? 0
    case .bestRated: Int64(product.rating?.score ?? 0)
    case .mostSold: product.unitsSold
    }
  }
}
