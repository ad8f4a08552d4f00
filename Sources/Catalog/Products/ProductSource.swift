internal import Platform
internal import Postgres

/// The rows, `h`, that a list of products is found in. Each source has an index for each ``ProductOrder``, or for the
/// orders by price, that covers the filters which it does not serve.
enum ProductSource {
  case every
  case category(ID)
  case seller(ID)
  case brand(String)
  /// The orders by price alone.
  case categoryAndSeller(ID, ID)
  /// The orders by price alone.
  case categoryAndBrand(ID, String)

  /// The source that serves most of the filters.
  init(_ filters: ProductFilters, _ order: ProductOrder) {
    switch (filters.category, filters.seller, filters.brand) {
    case (let category?, let seller?, _) where order.isByPrice: self = .categoryAndSeller(category, seller)
    case (let category?, nil, let brand?) where order.isByPrice: self = .categoryAndBrand(category, brand)
    case (let category?, _, _): self = .category(category)
    case (nil, let seller?, _): self = .seller(seller)
    case (nil, nil, let brand?): self = .brand(brand)
    case (nil, nil, nil): self = .every
    }
  }

  /// Whether the rows are those of catalog.shelf instead of catalog.product.
  var isShelf: Bool {
    switch self {
    case .category, .categoryAndSeller, .categoryAndBrand: true
    case .every, .seller, .brand: false
    }
  }

  /// The beginning and the end of the names of its indexes.
  var indexAffixes: (prefix: String, suffix: String) {
    switch self {
    case .every: ("product", "_covering")
    case .category: ("shelf", "_covering")
    case .seller: ("product_of_seller", "_covering")
    case .brand: ("product_of_brand", "_covering")
    case .categoryAndSeller: ("shelf_of_seller", "")
    case .categoryAndBrand: ("shelf_of_brand", "")
    }
  }

  /// The table of the rows.
  var table: Query { isShelf ? "catalog.shelf h" : "catalog.product h" }

  /// The tables of the columns of a product.
  var joins: Query {
    let rest: Query = "JOIN catalog.seller s ON s.id = p.seller_id JOIN catalog.category c ON c.id = p.category_id"
    return isShelf
      ? "JOIN catalog.product p ON p.id = h.product_id \(rest)" : "JOIN catalog.product p ON p.id = h.id \(rest)"
  }

  /// The condition that its indexes serve. The products of hidden sellers are in no list.
  var condition: Query {
    switch self {
    case .every: "h.status = 'active' AND \(Self.isOfShownSeller)"
    case .category(let category): "h.category_id = \(category) AND \(Self.isOfShownSeller)"
    case .seller(let seller): "h.status = 'active' AND h.seller_id = \(seller) AND \(Self.isShown(seller))"
    case .brand(let brand): "h.status = 'active' AND h.brand = \(brand) AND \(Self.isOfShownSeller)"
    case .categoryAndSeller(let category, let seller):
      "h.category_id = \(category) AND h.seller_id = \(seller) AND \(Self.isShown(seller))"
    case .categoryAndBrand(let category, let brand):
      "h.category_id = \(category) AND h.brand = \(brand) AND \(Self.isOfShownSeller)"
    }
  }

  /// The filters that its indexes do not serve in the order, and the condition with all filters for an index that
  /// serves more of them; nil when all are served. In an order by price, a range of prices is a part of the index.
  func rest(of filters: ProductFilters, in order: ProductOrder, within rowsMax: Int) -> IndexWalk.Filters? {
    let hasPrices = filters.hasPrices && !order.isByPrice
    switch self {
    case .every, .brand:
      guard hasPrices else { return nil }
      return IndexWalk.Filters(
        checked: filters.isOfPrice, gathered: "\(condition) AND \(filters.isOfPrice)", within: rowsMax)
    case .seller:
      guard hasPrices || filters.brand != nil else { return nil }
      let rest: Query = "\(filters.isOfPrice) AND \(filters.isOfBrand)"
      return IndexWalk.Filters(checked: rest, gathered: "\(condition) AND \(rest)", within: rowsMax)
    case .category(let category):
      guard hasPrices || filters.brand != nil || filters.seller != nil else { return nil }
      return IndexWalk.Filters(
        checked: "\(filters.isOfPrice) AND \(filters.isOfSeller) AND \(filters.isOfBrand)",
        gathered: "\(Self.narrowest(in: category, filters)) AND \(filters.isOfPrice)", within: rowsMax)
    case .categoryAndSeller:
      guard filters.brand != nil else { return nil }
      return IndexWalk.Filters(
        checked: filters.isOfBrand, gathered: "\(condition) AND \(filters.isOfPrice) AND \(filters.isOfBrand)",
        within: rowsMax)
    case .categoryAndBrand: return nil
    }
  }

  /// The condition of the products of a category, by the index that serves most filters.
  private static func narrowest(in category: ID, _ filters: ProductFilters) -> Query {
    if let seller = filters.seller {
      return "\(ProductSource.categoryAndSeller(category, seller).condition) AND \(filters.isOfBrand)"
    }
    if let brand = filters.brand { return ProductSource.categoryAndBrand(category, brand).condition }
    return ProductSource.category(category).condition
  }

  /// Hidden sellers are few: they are read once for a page.
  private static var isOfShownSeller: Query {
    "h.seller_id NOT IN (SELECT o.id FROM catalog.seller o WHERE o.is_hidden)"
  }

  /// Asked once, before the rows: those of a hidden seller are not read.
  private static func isShown(_ seller: ID) -> Query {
    "(SELECT NOT o.is_hidden FROM catalog.seller o WHERE o.id = \(seller))"
  }
}
