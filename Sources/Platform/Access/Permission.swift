/// A permission of a caller. The list is closed: roles are sets of permissions, API keys have them as scopes, and a
/// method in the .proto files names the one that it needs.
///
/// The numbers are those of `fastshop.policy.v1.Permission`. A number is never used again for another permission.
package enum Permission: UInt8, CaseIterable, Sendable {
  /// See and change one's own account: profile, addresses, sessions, second factor.
  case accountOwn = 1
  /// Keep a cart, check out, see one's own orders.
  case shopBuy = 2
  /// See what is not on sale: drafts, archived products.
  case catalogRead = 3
  /// Change categories, products, variants, images.
  case catalogWrite = 4
  /// See the stock's ledger and its alerts.
  case inventoryRead = 5
  /// Change stock.
  case inventoryWrite = 6
  /// See orders of others.
  case ordersRead = 7
  /// Move orders of others along: fulfil, cancel, note.
  case ordersWrite = 8
  /// See payments of others.
  case paymentsRead = 9
  /// Give money back.
  case paymentsRefund = 10
  /// See coupons, sales and campaigns with their figures.
  case promotionsRead = 11
  /// Make and change coupons, sales and campaigns.
  case promotionsWrite = 12
  /// Approve, hide and answer reviews.
  case reviewsModerate = 13
  /// Act on the things of every seller. Who lacks it reaches those of their own shop only.
  case sellersAny = 14
  /// Approve, suspend and configure sellers.
  case sellersManage = 15
  /// See payouts and statements.
  case payoutsRead = 16
  /// Run payouts.
  case payoutsRun = 17
  /// See tickets and conversations of others.
  case supportRead = 18
  /// Answer, assign and close tickets.
  case supportWrite = 19
  /// Decide disputes.
  case disputesDecide = 20
  /// Buy labels, change carriers and rates.
  case shippingWrite = 21
  /// See reports and dashboards.
  case reportsRead = 22
  /// Write to many: campaigns, announcements, test messages.
  case notificationsSend = 23
  /// Change many things in one call; import and export.
  case bulkRun = 24
  /// See accounts of others.
  case usersRead = 25
  /// Disable, enable and change accounts of others; give roles.
  case usersManage = 26
  /// Make and change roles.
  case rolesManage = 27
  /// Make, rotate and end API keys.
  case keysManage = 28
  /// See security events.
  case securityRead = 29
  /// See the audit log.
  case auditRead = 30
  /// See how the servers are doing: connections, metrics.
  case platformInspect = 31
  /// Change how the platform works.
  case platformConfigure = 32
  /// Call on behalf of end users whose addresses the caller names.
  case trafficForward = 33
  /// Change what a shop says of itself: profile, holiday.
  case shopWrite = 34
  /// See and change the team of a shop.
  case teamManage = 35

  /// The name in the API and in settings: `inventory.write`.
  package var name: String { Self.names[Int(rawValue)] }

  /// The permission that `name` names.
  package init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// By number: `inventoryWrite` is `inventory.write`.
  private static let names: [String] = {
    var names = Array(repeating: "", count: allCases.count + 1)
    for permission in allCases {
      let parts = "\(permission)".reduce(into: "") { $0 += $1.isUppercase ? ".\($1.lowercased())" : "\($1)" }
      names[Int(permission.rawValue)] = parts
    }
    return names
  }()
}
