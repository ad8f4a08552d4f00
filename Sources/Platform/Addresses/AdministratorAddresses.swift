package import RPC

/// Allows calls of administrative methods from certain addresses only. It is installed only where a list is configured.
package struct AdministratorAddresses: ServerGate {
  private let policies: PolicyTable
  private let allowed: AddressList

  /// Lets those of `allowed` call the administrative methods that `policies` knows.
  package init(_ policies: PolicyTable, allowed: AddressList) {
    self.policies = policies
    self.allowed = allowed
  }

  /// Admits or refuses the call. A seller administers a shop and not the platform, so the address does not matter. A
  /// seller with further permissions is an administrator.
  package func admit(_ call: Call) throws {
    let caller = call.caller
    if caller.sellerID != nil && caller.permissions.isSubset(of: Role.seller.permissions) { return }
    // The forwarder names the client's address, so its own address must be allowed, too.
    if policies[call]?.isAdministrative == true && !call.addresses.allSatisfy(allowed.contains) {
      throw PlatformReason.addressNotAllowed.error()
    }
  }
}
