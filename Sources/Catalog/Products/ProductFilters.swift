internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The filters of a list of products. All prices are in the shop's currency: see ``ShopCurrency``.
struct ProductFilters {
  let category: ID?
  let seller: ID?
  let brand: String?
  let minPrice: Int64?
  let maxPrice: Int64?

  init(_ request: ListProductsRequest, in currency: Currency, _ check: inout RequestCheck) {
    category = check.optionalID(request.categoryID, "category_id")
    seller = check.optionalID(request.sellerID, "seller_id")
    let brand = check.line(request.brand, "brand")
    self.brand = brand.isEmpty ? nil : brand
    if !request.currency.isEmpty { check.isShopCurrency(request.currency, "currency", currency) }
    minPrice = request.minPriceMinor
    maxPrice = request.maxPriceMinor
    check.priceRange(minPrice, maxPrice)
  }

  /// Whether the list is of some prices only.
  var hasPrices: Bool { minPrice != nil || maxPrice != nil }

  /// The price is one of those; it holds for any price without such a filter.
  var isOfPrice: Query { "h.price_minor BETWEEN \(minPrice ?? 0) AND \(maxPrice ?? Int64.max)" }

  /// The price is not below those, for an index by price and `id`. It is a comparison of rows: of a range of numbers,
  /// Postgres expects so few rows that all indexes look alike to it.
  func isNotBelow(_ id: Query) -> Query {
    "(h.price_minor, \(id)) >= (\(minPrice ?? 0)::bigint, '00000000-0000-0000-0000-000000000000'::uuid)"
  }

  /// The price is not above those, for an index by price and `id`.
  func isNotAbove(_ id: Query) -> Query {
    "(h.price_minor, \(id)) <= (\(maxPrice ?? Int64.max)::bigint, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)"
  }

  /// The brand is the one of the filter, where there is one.
  var isOfBrand: Query { "(\(brand)::text IS NULL OR h.brand = \(brand))" }

  /// The seller is the one of the filter, where there is one.
  var isOfSeller: Query { "(\(seller)::uuid IS NULL OR h.seller_id = \(seller))" }

  /// The products of hidden sellers are in no list. Hidden sellers are few, and are read once for a page.
  var isShown: Query {
    seller.map { "(SELECT NOT o.is_hidden FROM catalog.seller o WHERE o.id = \($0))" }
      ?? "h.seller_id NOT IN (SELECT o.id FROM catalog.seller o WHERE o.is_hidden)"
  }
}

extension RequestCheck {
  /// The fields `min_price_minor` and `max_price_minor`; `parent` is the path of their message with a dot behind it.
  mutating func priceRange(_ least: Int64?, _ most: Int64?, of parent: String = "") {
    require(least ?? 0 >= 0, "\(parent)min_price_minor", "Must not be negative.")
    require(most ?? 0 >= 0, "\(parent)max_price_minor", "Must not be negative.")
    if let least, let most {
      require(least <= most, "\(parent)max_price_minor", "Must not be below min_price_minor.")
    }
  }
}
