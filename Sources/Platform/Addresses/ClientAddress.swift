package import RPC

extension Call {
  private static let clientAddressKey = CallLocal<IPAddress>()

  /// Where the call comes from: the connection's other end or, behind proxies that are trusted, what they say. Nil over
  /// a Unix socket whose other end says nothing.
  package var clientAddress: IPAddress? { self[Self.clientAddressKey] ?? peerAddress }

  /// The address of the connection's other end; nil over a Unix socket.
  private var peerAddress: IPAddress? {
    peer.address.map { IPAddress(high: UInt64($0 >> 64), low: UInt64(truncatingIfNeeded: $0)) }
  }

  /// Takes the word of the proxies.
  func learnClientAddress(from proxies: TrustedProxies) {
    if proxies.isEmpty { return }
    self[Self.clientAddressKey] = proxies.client(peer: peerAddress) { metadata }
  }
}
