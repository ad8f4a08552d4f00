import Platform
import RPC

/// The addresses that may read the metrics.
struct MetricsReaders: Sendable {
  /// The fields that proxies add to a request.
  private static let proxyFields = ForwardedHeader.allCases.map(\.rawValue)

  let addresses: AddressList
  /// The proxies whose header for the client's address is trusted.
  let proxies: TrustedProxies

  /// Whether the client is a reader. A request with a proxy's fields from an untrusted peer has no known client: the
  /// address of the proxy, often a private one, does not count.
  func include(_ request: HTTPRequest) -> Bool {
    let peer = request.peer.address.map { IPAddress(high: UInt64($0 >> 64), low: UInt64(truncatingIfNeeded: $0)) }
    if !proxies.include(peer), Self.proxyFields.contains(where: { request.headers[$0] != nil }) { return false }
    // Malformed fields of a proxy: the client is unknown.
    guard let client = try? proxies.client(peer: peer, { request.headers }) else { return false }
    return addresses.contains(client)
  }
}
