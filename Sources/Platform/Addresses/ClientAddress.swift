package import RPC

extension Call {
  private static let clientAddressKey = CallLocal<IPAddress>()
  private static let forwarderKey = CallLocal<Forwarder>()

  /// Where the server called from that names an end user's address.
  private struct Forwarder: Sendable {
    let address: IPAddress?
  }

  /// Where the call comes from: the connection's other end or, behind proxies that are trusted, what they say; where a
  /// program calls on behalf of an end user, that user's. Nil over a Unix socket whose other end says nothing.
  package var clientAddress: IPAddress? { self[Self.clientAddressKey] ?? peerAddress }

  /// Whether a program calls on behalf of an end user, whose address it names.
  var isForwarded: Bool { self[Self.forwarderKey] != nil }

  /// All addresses that stand for the call: the end user's, if it has one, and that of whoever forwards it.
  var addresses: [IPAddress?] { [clientAddress] + (self[Self.forwarderKey].map { [$0.address] } ?? []) }

  /// Takes the word of a program for whom it calls.
  func forward(for address: IPAddress) {
    self[Self.forwarderKey] = Forwarder(address: clientAddress)
    self[Self.clientAddressKey] = address
  }

  /// The address of the connection's other end; nil over a Unix socket.
  private var peerAddress: IPAddress? { peer.address.map { IPAddress($0) } }

  /// Takes the word of the proxies.
  ///
  /// A header that cannot be read refuses the call. The proxy's own address would be no safe answer: it is often among
  /// those from which administrators may call, and failed sign-ins counted for it would lock everybody out.
  func learnClientAddress(from proxies: TrustedProxies) throws {
    if proxies.isEmpty { return }
    do throws(ForwardedHeader.Malformed) {
      self[Self.clientAddressKey] = try proxies.client(peer: peerAddress) { metadata }
    } catch {
      throw PlatformReason.forwardedMalformed.error()
    }
  }
}
