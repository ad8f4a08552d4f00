package import RPC

/// Finds out for whom trusted proxies call, before anything is decided by address. Needed only where there are any.
package struct ClientAddressing: ServerInterceptor {
  private let proxies: TrustedProxies

  /// Takes the word of `proxies`.
  package init(_ proxies: TrustedProxies) { self.proxies = proxies }

  /// Leaves the address with the call.
  package nonisolated(nonsending) func intercept(_ call: Call, _ next: Method.Handler) async throws {
    call.learnClientAddress(from: proxies)
    try await next(call)
  }
}
