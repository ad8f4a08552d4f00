/// A set of permissions, stored in one integer.
package struct PermissionSet: OptionSet, Hashable, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// These permissions.
  package init(_ permissions: some Sequence<Permission>) {
    rawValue = permissions.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
  }

  /// These permissions.
  package static func of(_ permissions: Permission...) -> PermissionSet { PermissionSet(permissions) }

  /// Every permission that there is.
  package static let all = PermissionSet(Permission.allCases)

  /// The permissions that concern the resources of a shop. A caller that acts for one shop has no other permissions: no
  /// program that is bound to a shop can access accounts, logs or settings of the platform, or the resources of every
  /// seller.
  package static let ofShops = PermissionSet.of(
    .catalogRead, .catalogWrite, .inventoryRead, .inventoryWrite, .ordersRead, .ordersWrite, .paymentsRead,
    .paymentsRefund, .promotionsRead, .promotionsWrite, .payoutsRead, .shippingWrite, .reportsRead, .bulkRun, .shopWrite
  )

  /// Whether `permission` is one of them.
  package func contains(_ permission: Permission) -> Bool { rawValue >> UInt64(permission.rawValue) & 1 == 1 }

  /// The permissions in the order of their numbers.
  package var permissions: [Permission] { Permission.allCases.filter(contains) }

  /// Their names, in the order of their numbers.
  package var names: [String] { permissions.map(\.name) }

  /// The permissions with these names; nil when one of them is no permission.
  package init?(names: some Sequence<String>) {
    var permissions: [Permission] = []
    for name in names {
      guard let permission = Permission(name: name) else { return nil }
      permissions.append(permission)
    }
    self.init(permissions)
  }
}
