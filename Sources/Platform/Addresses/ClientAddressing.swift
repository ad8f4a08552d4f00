package import RPC

/// Finds the client's address behind trusted proxies, before any decision by address. It is installed only where
/// proxies are configured.
package struct ClientAddressing: ServerGate {
  private let proxies: TrustedProxies

  /// Takes the word of `proxies`.
  package init(_ proxies: TrustedProxies) { self.proxies = proxies }

  /// Stores the address with the call, or refuses a call whose address is unknown.
  package func admit(_ call: Call) throws { try call.learnClientAddress(from: proxies) }
}
