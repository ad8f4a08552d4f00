internal import Platform
internal import Postgres

/// The rows that a list of products is read from. Each source has an index for each ``ProductOrder``. The most
/// selective filter of a request decides; its other filters are checked row by row.
enum ProductSource {
  case every
  case category(ID)
  case seller(ID)
  case brand(String)

  init(_ filters: ProductFilters) {
    if let category = filters.category {
      self = .category(category)
    } else if let seller = filters.seller {
      self = .seller(seller)
    } else if let brand = filters.brand {
      self = .brand(brand)
    } else {
      self = .every
    }
  }

  /// Whether the rows are those of catalog.shelf, `h`, instead of catalog.product, `p`.
  var isShelf: Bool { if case .category = self { true } else { false } }

  /// The beginning of the names of its indexes.
  var indexPrefix: String {
    switch self {
    case .every: "product"
    case .category: "shelf"
    case .seller: "product_of_seller"
    case .brand: "product_of_brand"
    }
  }

  /// The tables.
  var tables: Query {
    isShelf
      ? """
      catalog.shelf h
        JOIN catalog.seller s ON s.id = h.seller_id
        JOIN catalog.product p ON p.id = h.product_id
        JOIN catalog.category c ON c.id = p.category_id
      """
      : """
      catalog.product p
        JOIN catalog.seller s ON s.id = p.seller_id
        JOIN catalog.category c ON c.id = p.category_id
      """
  }

  /// The condition that its indexes serve. A hidden seller's products are in none.
  var condition: Query {
    switch self {
    case .every: "p.status = 'active' AND NOT s.is_hidden"
    case .category(let category): "h.category_id = \(category) AND NOT s.is_hidden"
    case .seller(let seller):
      // Asked once, before the rows: those of a hidden seller are not read.
      """
      p.status = 'active' AND p.seller_id = \(seller)
         AND (SELECT NOT o.is_hidden FROM catalog.seller o WHERE o.id = \(seller))
      """
    case .brand(let brand): "p.status = 'active' AND p.brand = \(brand) AND NOT s.is_hidden"
    }
  }
}
