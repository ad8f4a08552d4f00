internal import Platform
internal import Postgres

/// Which stock a caller sees: that of what is on sale, as everybody does, and of what is not, if it is theirs to look
/// after. All other is, for them, not there.
struct StockVisibility {
  /// Whoever has one of these looks after products, within the shops that they reach.
  private static let wards = PermissionSet.of(.catalogRead, .inventoryRead, .inventoryWrite)
  /// What events about products concern that are not on sale: see catalog.subjects_of_product.
  private static let notOnSale = ID("00000000-0000-7000-8000-000000000001") ?? .none

  private let sellers: SellerAccess

  init(_ caller: Caller) {
    sellers = caller.permissions.isDisjoint(with: Self.wards) ? .none : caller.sellers
  }

  /// A condition on `p`, a row of catalog.product_sight.
  var covers: Query {
    switch sellers {
    case .every: "true"
    case .only(let seller): "(p.is_on_sale OR p.seller_id = \(seller))"
    case .none: "p.is_on_sale"
    }
  }

  /// Which events the caller does not hear of.
  var events: EventVisibility { EventVisibility(of: Self.notOnSale, sellers: sellers) }
}
