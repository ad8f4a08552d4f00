package import RPC

extension Call {
  private static let clientAddressKey = CallLocal<IPAddress>()
  private static let forwarderKey = CallLocal<Forwarder>()

  /// The address of the server that made the call on behalf of an end user.
  private struct Forwarder: Sendable {
    let address: IPAddress?
  }

  /// The address of the call's client: the peer of the connection; behind trusted proxies, the address that they
  /// report; where a program calls on behalf of an end user, that user's. Nil over a Unix socket without a report.
  package var clientAddress: IPAddress? { self[Self.clientAddressKey] ?? peerAddress }

  /// Whether a program calls on behalf of an end user, whose address it names.
  var isForwarded: Bool { self[Self.forwarderKey] != nil }

  /// All addresses of the call: the end user's, if it has one, and the forwarder's.
  var addresses: [IPAddress?] { [clientAddress] + (self[Self.forwarderKey].map { [$0.address] } ?? []) }

  /// Sets the address of the end user that a program names.
  func forward(for address: IPAddress) {
    self[Self.forwarderKey] = Forwarder(address: clientAddress)
    self[Self.clientAddressKey] = address
  }

  /// The address of the connection's other end; nil over a Unix socket.
  private var peerAddress: IPAddress? { peer.address.map { IPAddress($0) } }

  /// Reads the address from the headers of trusted proxies.
  ///
  /// A malformed header refuses the call. The proxy's own address would not be a safe substitute: administrators may
  /// often call from it, and failed sign-ins that count for it would lock everybody out.
  func learnClientAddress(from proxies: TrustedProxies) throws {
    if proxies.isEmpty { return }
    do throws(ForwardedHeader.Malformed) {
      self[Self.clientAddressKey] = try proxies.client(peer: peerAddress) { metadata }
    } catch {
      throw PlatformReason.forwardedMalformed.error()
    }
  }
}
