import EventLoop
import RPC

/// A port of its own for those who watch the server: `/metrics` and `/healthz`, in clear text, and no call.
final class MetricsListener: Sendable {
  /// Connections that it takes at once: those who scrape and probe are few.
  static let connectionsMax = 32

  private let server: RPCServer

  /// Nothing is listened on yet.
  init(group: EventLoopGroup, routes: [HTTPRoute], lifetime: ConnectionLifetime) {
    var limits = RPCLimits()
    limits.connectionsMax = Self.connectionsMax
    server = RPCServer(group: group, services: [], routes: routes, limits: limits, lifetime: lifetime)
  }

  /// Begins to answer at `sockets`, and returns where that is.
  /// - Throws: `ListenError`.
  func listen(_ sockets: [[ListeningSocket]]) async throws -> [String] {
    var places: [String] = []
    for several in sockets {
      try await server.listen(on: .clearText(several[0].bound), several)
      places.append("http://\(several[0].bound)/metrics")
    }
    return places
  }

  /// Ends it at once.
  func stop() async { await server.shutdown(grace: .zero) }
}
