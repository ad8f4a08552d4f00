internal import Platform
internal import Postgres

/// The stock that a caller may see: that of products on sale, as everybody, and that of hidden products of its own
/// shops. Other stock does not exist for the caller.
struct StockVisibility {
  /// Callers with one of these permissions manage products, within the shops that they may access.
  private static let productManagers = PermissionSet.of(.catalogRead, .inventoryRead, .inventoryWrite)
  /// The subject of events about products that are not on sale: see catalog.subjects_of_product.
  private static let notOnSale = ID("00000000-0000-7000-8000-000000000001") ?? .none

  private let sellers: SellerAccess

  init(_ caller: Caller) {
    sellers = caller.permissions.isDisjoint(with: Self.productManagers) ? .none : caller.sellers
  }

  /// A condition on `p`, a row of catalog.product_sight.
  var covers: Query {
    switch sellers {
    case .every: "true"
    case .only(let seller): "(p.is_on_sale OR p.seller_id = \(seller))"
    case .none: "p.is_on_sale"
    }
  }

  /// The events that the caller may not see.
  var events: EventVisibility { EventVisibility(of: Self.notOnSale, sellers: sellers) }
}
