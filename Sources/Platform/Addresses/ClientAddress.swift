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
  ///
  /// A header that cannot be read refuses the call. The proxy's own address would be no safe answer: it is often among
  /// those from which administrators may call, and failed log-ins counted for it would lock everybody out.
  func learnClientAddress(from proxies: TrustedProxies) throws {
    if proxies.isEmpty { return }
    do throws(ForwardedHeader.Malformed) {
      self[Self.clientAddressKey] = try proxies.client(peer: peerAddress) { metadata }
    } catch {
      throw RPCError(
        .invalidArgument, "the header in which proxies say for whom they call is malformed: see RFC 7239",
        details: [.errorInfo(reason: "FORWARDED_MALFORMED", domain: "fastshop", metadata: [:])])
    }
  }
}
