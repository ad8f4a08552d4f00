package import Platform
internal import Postgres

/// What a person of a shop's team may do in the shop. The raw value is part of the database.
package enum ShopRole: String, CaseIterable, Sendable {
  /// Everything that the role seller may.
  case owner
  /// Everything but the team, API keys and payouts.
  case manager
  /// Products and stock.
  case catalog
  /// Orders and shipping; sees products and stock.
  case fulfilment

  /// The permissions, those of every customer among them.
  package var permissions: PermissionSet {
    switch self {
    case .owner: Role.seller.permissions
    case .manager: Role.seller.permissions.subtracting(.of(.teamManage, .keysManage, .payoutsRead))
    case .catalog:
      Role.customer.permissions.union(.of(.catalogRead, .catalogWrite, .inventoryRead, .inventoryWrite))
    case .fulfilment:
      Role.customer.permissions.union(
        .of(.ordersRead, .ordersWrite, .shippingWrite, .catalogRead, .inventoryRead))
    }
  }

  private var names: String { permissions.names.joined(separator: ",") }

  /// The names of the permissions of `u`, a row of identity.user, as one text; NULL for all that its role has by its
  /// name.
  static var permissionsOfUser: Query {
    """
    coalesce((SELECT array_to_string(r.permissions, ',') FROM identity.role r WHERE r.name = u.role),
             CASE WHEN u.role = 'seller' THEN
               CASE u.shop_role WHEN 'manager' THEN \(ShopRole.manager.names)::text
                                WHEN 'catalog' THEN \(ShopRole.catalog.names)::text
                                WHEN 'fulfilment' THEN \(ShopRole.fulfilment.names)::text END END)
    """
  }
}

/// A shop, and what a person may do in it.
struct ShopPosition {
  let seller: ID
  let role: ShopRole
}
