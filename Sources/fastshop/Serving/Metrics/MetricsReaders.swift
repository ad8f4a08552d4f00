import Platform
import RPC

/// Who may read the metrics, by their address.
struct MetricsReaders: Sendable {
  /// What proxies write into a request that they pass on.
  private static let proxyFields = ForwardedHeader.allCases.map(\.rawValue)

  let addresses: AddressList
  /// Proxies whose word is taken for whom they ask.
  let proxies: TrustedProxies

  /// Whether the one who asks is among them. What a proxy passes on that is not trusted comes from nobody knows where:
  /// its own address, which is likely a private one, says nothing.
  func include(_ request: HTTPRequest) -> Bool {
    let peer = request.peer.address.map { IPAddress(high: UInt64($0 >> 64), low: UInt64(truncatingIfNeeded: $0)) }
    if !proxies.include(peer), Self.proxyFields.contains(where: { request.headers[$0] != nil }) { return false }
    // Where a proxy says nothing that can be understood, nobody is known to ask.
    guard let client = try? proxies.client(peer: peer, { request.headers }) else { return false }
    return addresses.contains(client)
  }
}
