import EventLoop
import RPC

/// A port of its own for those who watch the server: `/metrics` and `/healthz`, in clear text, and no call.
final class MetricsListener: Sendable {
  private let server: RPCServer
  private let addresses: [ListenAddress]

  /// Nothing is listened on yet.
  init(group: EventLoopGroup, _ addresses: [ListenAddress], routes: [HTTPRoute], lifetime: ConnectionLifetime) {
    self.addresses = addresses
    server = RPCServer(group: group, services: [], routes: routes, lifetime: lifetime)
  }

  /// Begins to answer, and returns where.
  /// - Throws: `ListenError`.
  func listen(_ connections: ConnectionSettings) async throws -> [String] {
    var places: [String] = []
    for address in addresses {
      var endpoint = RPCServer.Endpoint.clearText(address)
      endpoint.unixPermissions = connections.socketMode
      places.append("http://\(try await server.listen(on: endpoint))/metrics")
    }
    return places
  }

  /// Ends it at once.
  func stop() async { await server.shutdown(grace: .zero) }
}
