internal import Platform
internal import Postgres

/// The stock that a caller may see: that of products on sale, as everybody, and that of hidden products of its own
/// shops. Other stock does not exist for the caller. Everybody sees what a shop window shows, and the quantities behind
/// it are for the shop alone.
struct StockVisibility {
  /// Callers with one of these permissions manage products, within the shops that they may access.
  private static let productManagers = PermissionSet.of(.catalogRead, .inventoryRead, .inventoryWrite)
  /// The subject of events about products that are not on sale: see catalog.subjects_of_product.
  static let notOnSale = ID("00000000-0000-7000-8000-000000000001") ?? .none

  private let sellers: SellerAccess

  init(_ caller: Caller) {
    sellers = caller.permissions.isDisjoint(with: Self.productManagers) ? .none : caller.sellers
  }

  /// What everybody may see.
  static let everybodys = StockVisibility(.anonymous)

  /// A condition on `p`, a row of catalog.product_sight.
  var covers: Query {
    switch sellers {
    case .every: "true"
    case .only(let seller): "(p.is_on_sale OR p.seller_id = \(seller))"
    case .none: "p.is_on_sale"
    }
  }

  /// A condition on `s`, a row of inventory.stock: the caller may see all of it, and not only what can be sold.
  var coversQuantities: Query { sellers.covers("s.seller_id") }

  /// The same, of the stock of a seller.
  func coversQuantities(of seller: ID) -> Bool {
    switch sellers {
    case .every: true
    case .only(let own): own == seller
    case .none: false
    }
  }

  /// The events that the caller may not see, and those of which it sees a part.
  var events: EventVisibility { EventVisibility(of: Self.notOnSale, sellers: sellers) }
}
