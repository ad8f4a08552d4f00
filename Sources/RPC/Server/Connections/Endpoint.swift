extension RPCServer {
  /// An address to listen at, its TLS context, and the loops that serve its connections.
  public struct Endpoint: Sendable {
    /// How connections are distributed over the loops.
    public enum Spread: Sendable, Equatable {
      /// One loop accepts and deals them out in turn: even for any number of connections.
      case inTurn
      /// Every loop accepts on a socket of its own (`SO_REUSEPORT`); the kernel spreads by a hash of the addresses:
      /// evenly for hundreds, badly for ten, but thousands a second cost no hop between loops. Unix sockets, which the
      /// kernel does not spread, are dealt out in turn.
      case byKernel
    }

    /// The address.
    public let address: ListenAddress
    /// The certificate and its rules; nil for clear text.
    public let tls: ReloadableTLSContext?
    /// How connections are distributed over the loops.
    public var spread: Spread = .inTurn
    /// Permissions of a Unix socket's file: who may write to it may connect. By default its owner and its group.
    public var unixPermissions: UInt32 = 0o660

    /// Clear text (HTTP/2 with prior knowledge).
    public static func clearText(_ address: ListenAddress) -> Endpoint { Endpoint(address: address, tls: nil) }

    /// TLS, with a context that may be reloaded while connections are open.
    public static func tls(_ address: ListenAddress, _ context: ReloadableTLSContext) -> Endpoint {
      Endpoint(address: address, tls: context)
    }

    var isSpreadByKernel: Bool {
      guard spread == .byKernel, case .tcp = address else { return false }
      return true
    }

    /// The same elsewhere: at the port that was free.
    func at(_ place: ListenAddress) -> Endpoint {
      var other = Endpoint(address: place, tls: tls)
      other.spread = spread
      other.unixPermissions = unixPermissions
      return other
    }
  }
}
