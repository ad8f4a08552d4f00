package import RPC

/// Reserves the last calls of a full server for staff, who can put the server right.
///
/// It runs after authentication, because only then the caller is known. The server itself admits calls that need no
/// credentials, such as `Health/Check`.
package struct ReservedCalls: ServerGate {
  package init() {}

  /// Refuses a call from the reserve that is not of staff.
  package func admit(_ call: Call) throws {
    if call.isReservedForStaff && !call.caller.isStaff { throw Call.fullServer }
  }
}

extension Caller {
  /// The permissions of customers and sellers.
  private static let permissionsOfOthers = Role.customer.permissions.union(Role.seller.permissions)

  /// Whether it may do something that neither a customer nor a seller may: people with a role of the platform's, and
  /// programs with a scope of it.
  var isStaff: Bool { !permissions.isSubset(of: Self.permissionsOfOthers) }
}
