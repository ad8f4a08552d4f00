/// The built-in roles. Custom roles are sets of permissions, made by callers with `roles.manage`.
package enum Role: String, CaseIterable, Sendable {
  /// Buys, and sees what is their own.
  case customer
  /// Runs a shop of their own: what they may do, they may do to that shop's things.
  case seller
  /// Answers tickets, and sees what they need for it.
  case support
  /// Oversees sellers, reviews, disputes, refunds, tickets, orders; works in bulk.
  case manager
  /// Everything, also roles, security, reports, configuration.
  case admin

  /// The permissions of the role.
  package var permissions: PermissionSet {
    switch self {
    case .customer: Self.everybodys
    case .seller: Self.everybodys.union(Self.sellers).union(.of(.keysManage))
    case .support: Self.everybodys.union(Self.supporters)
    case .manager: Self.everybodys.union(Self.sellers).union(Self.supporters).union(Self.managers)
    case .admin: .all
    }
  }

  private static let everybodys = PermissionSet.of(.accountOwn, .shopBuy)
  private static let sellers = PermissionSet.of(
    .catalogRead, .catalogWrite, .inventoryRead, .inventoryWrite, .ordersRead, .ordersWrite, .paymentsRead,
    .promotionsRead, .promotionsWrite, .payoutsRead, .shippingWrite, .reportsRead, .shopWrite,
    .teamManage)
  private static let supporters = PermissionSet.of(
    .sellersAny, .catalogRead, .inventoryRead, .ordersRead, .supportRead, .supportWrite, .usersRead)
  private static let managers = PermissionSet.of(
    .paymentsRefund, .reviewsModerate, .sellersManage, .disputesDecide, .notificationsSend, .bulkRun)
}
