internal import Platform
internal import Postgres

/// The rows, `h`, that a list of products is found in: those of an index for each ``ProductOrder``, or for the orders
/// by price. The indexes also have the columns of the filters that they do not serve.
enum ProductSource {
  case every
  case category(ID)
  case seller(ID)
  case brand(String)
  /// The orders by price alone.
  case categoryAndSeller(ID, ID)
  /// The orders by price alone.
  case categoryAndBrand(ID, String)
  /// The orders by price alone.
  case sellerAndBrand(ID, String)

  /// The source that serves most of the filters.
  init(_ filters: ProductFilters, in order: ProductOrder) {
    self = order.isByPrice ? Self.narrowest(filters) : Self.widest(filters)
  }

  /// The source with indexes for the orders by price.
  static func narrowest(_ filters: ProductFilters) -> ProductSource {
    switch (filters.category, filters.seller, filters.brand) {
    case (let category?, let seller?, _): .categoryAndSeller(category, seller)
    case (let category?, nil, let brand?): .categoryAndBrand(category, brand)
    case (nil, let seller?, let brand?): .sellerAndBrand(seller, brand)
    default: widest(filters)
    }
  }

  /// The source with an index for every order.
  private static func widest(_ filters: ProductFilters) -> ProductSource {
    if let category = filters.category { return .category(category) }
    if let seller = filters.seller { return .seller(seller) }
    if let brand = filters.brand { return .brand(brand) }
    return .every
  }

  /// Whether the rows are those of catalog.shelf instead of catalog.product.
  var isShelf: Bool {
    switch self {
    case .category, .categoryAndSeller, .categoryAndBrand: true
    case .every, .seller, .brand, .sellerAndBrand: false
    }
  }

  /// The name of its index for an order, which is called `name`.
  func index(by name: String) -> String {
    switch self {
    case .every: "product_by_\(name)_covering"
    case .category: "shelf_by_\(name)_covering"
    case .seller: "product_of_seller_by_\(name)_covering"
    case .brand: "product_of_brand_by_\(name)_covering"
    case .categoryAndSeller: "shelf_of_seller_by_\(name)"
    case .categoryAndBrand: "shelf_of_brand_by_\(name)"
    case .sellerAndBrand: "product_of_seller_and_brand_by_\(name)"
    }
  }

  /// The table of the rows.
  var table: Query { isShelf ? "catalog.shelf h" : "catalog.product h" }

  /// The product's id.
  var id: Query { isShelf ? "h.product_id" : "h.id" }

  /// The tables of the columns of a product.
  var joins: Query {
    """
    JOIN catalog.product p ON p.id = \(id)
      JOIN catalog.seller s ON s.id = p.seller_id
      JOIN catalog.category c ON c.id = p.category_id
    """
  }

  /// The condition that its indexes serve.
  var condition: Query {
    switch self {
    case .every: "h.status = 'active'"
    case .category(let category): "h.category_id = \(category)"
    case .seller(let seller): "h.status = 'active' AND h.seller_id = \(seller)"
    case .brand(let brand): "h.status = 'active' AND h.brand = \(brand)"
    case .categoryAndSeller(let category, let seller): "h.category_id = \(category) AND h.seller_id = \(seller)"
    case .categoryAndBrand(let category, let brand): "h.category_id = \(category) AND h.brand = \(brand)"
    case .sellerAndBrand(let seller, let brand):
      "h.status = 'active' AND h.seller_id = \(seller) AND h.brand = \(brand)"
    }
  }

  /// The filters, but prices, that its indexes do not serve; nil when they serve all.
  func rest(of filters: ProductFilters) -> Query? {
    switch self {
    case .every, .brand, .categoryAndBrand, .sellerAndBrand: nil
    case .seller, .categoryAndSeller: filters.brand == nil ? nil : filters.isOfBrand
    case .category:
      filters.seller == nil && filters.brand == nil ? nil : "\(filters.isOfSeller) AND \(filters.isOfBrand)"
    }
  }
}
