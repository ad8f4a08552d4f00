package import RPC

/// Lets methods that administer the platform be called from certain addresses only. Needed only where there is a list.
package struct AdministratorAddresses: ServerGate {
  private let policies: PolicyTable
  private let allowed: AddressList

  /// Lets those of `allowed` call the administrative methods that `policies` knows.
  package init(_ policies: PolicyTable, allowed: AddressList) {
    self.policies = policies
    self.allowed = allowed
  }

  /// Refuses the call, or lets it on. Sellers administer their own shop and not the platform, from wherever the shop
  /// is; somebody with a shop who may do more than sellers is no exception.
  package func admit(_ call: Call) throws {
    let caller = call.caller
    if caller.sellerID != nil && caller.permissions.isSubset(of: Role.seller.permissions) { return }
    // Whoever forwards calls says from where they come, and must be there, too.
    if policies[call]?.isAdministrative == true && !call.addresses.allSatisfy(allowed.contains) {
      throw PlatformReason.addressNotAllowed.error()
    }
  }
}
