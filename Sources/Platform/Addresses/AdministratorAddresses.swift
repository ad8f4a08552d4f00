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

  /// Refuses the call, or lets it on. Whoever runs a shop administers that shop and not the platform, from wherever
  /// the shop is.
  package func admit(_ call: Call) throws {
    guard call.caller.sellerID == nil else { return }
    if policies[call]?.isAdministrative == true && !allowed.contains(call.clientAddress) {
      throw RPCError(
        .permissionDenied, "this method cannot be called from your address",
        details: [.errorInfo(reason: "ADDRESS_NOT_ALLOWED", domain: "fastshop", metadata: [:])])
    }
  }
}
