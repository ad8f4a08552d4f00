package import RPC

/// The proxies whose header for the client's address is trusted. The header of any other peer is ignored.
package struct TrustedProxies: Equatable, Sendable {
  /// No proxies: the peer is the caller.
  package static let none = TrustedProxies(.none)

  private let addresses: AddressList
  private let header: ForwardedHeader

  /// The proxies at these addresses, which say it in `header`.
  package init(_ addresses: AddressList, header: ForwardedHeader = .xForwardedFor) {
    self.addresses = addresses
    self.header = header
  }

  /// Whether there are none.
  package var isEmpty: Bool { addresses.isEmpty }

  /// Whether `address` is a trusted proxy; nil stands for a Unix socket.
  package func include(_ address: IPAddress?) -> Bool { addresses.contains(address) }

  /// Whether the address of this number, as ``Peer/address`` has it, is one of them.
  package func include(address: UInt128) -> Bool { include(IPAddress(address)) }

  /// The client: the nearest address that is not a trusted proxy. `peer` is the peer of the connection, nil for a Unix
  /// socket; `metadata` is only called if the peer is a proxy.
  ///
  /// The header is read from its end, because the client controls its beginning. Where a proxy reports no address, the
  /// proxy's own address is the result.
  /// - Throws: the error of a proxy's header.
  package func client(peer: IPAddress?, _ metadata: () -> Metadata) throws(ForwardedHeader.Malformed) -> IPAddress? {
    var known = peer
    guard addresses.contains(peer) else { return peer }
    for step in try header.addresses(metadata()) {
      guard let step else { return known }
      known = step
      if !addresses.contains(step) { return step }
    }
    return known
  }
}
