import EventLoop
import FastShopAPI
import Logging
import Platform
import Postgres
import RPC

/// Answers while the shop's database cannot be reached. Health says NOT_SERVING, and every call fails at once with
/// UNAVAILABLE instead of waiting in the system's queue for a server that cannot start.
struct UnavailableServer: Sendable {
  /// The time that its callers have to leave when the shop itself begins to serve.
  private static let farewell: Duration = .milliseconds(200)

  private let server: RPCServer

  /// Begins to answer at `sockets`, which stay open when it stops.
  /// - Throws: `ListenError`.
  init(
    _ group: EventLoopGroup, _ settings: ShopSettings, _ sockets: ServingSockets, _ certificate: ServerCertificate?,
    log: Logger
  ) async throws {
    let (serve, proxies) = (settings.serve, settings.limits.proxies)
    let services = fastshopAPIServices
    let health = HealthRegistry(services: services.map(\.fullName))
    health.setAll(.notServing)
    server = RPCServer(
      group: group,
      services: StandardServices.added(
        to: services.map { UnavailableService(serviceDescriptor: $0) }, files: fastshopAPIFiles, health: health),
      routes: [HealthRoute.route(health)], crossOrigin: serve.crossOrigin,
      limits: DescriptorBudget.limits(serve.connections, loops: group.loops.count, log),
      lifetime: serve.connections.lifetime, isShared: { proxies.include(address: $0) })
    do {
      for several in sockets.clear { try await listen(on: .clearText(several[0].bound), several) }
      guard let certificate else { return }
      for several in sockets.encrypted { try await listen(on: .tls(several[0].bound, certificate.context), several) }
    } catch {
      await stop()
      throw error
    }
  }

  private func listen(on endpoint: RPCServer.Endpoint, _ sockets: [ListeningSocket]) async throws {
    var copies: [ListeningSocket] = []
    do {
      for socket in sockets { copies.append(try socket.copy()) }
    } catch {
      for copy in copies { copy.closeAndRemove() }
      throw error
    }
    try await server.listen(on: endpoint, copies)
  }

  /// Leaves the sockets to the shop.
  func stop() async { await server.shutdown(grace: Self.farewell, isHandedOver: true) }
}

/// A service whose methods all need the database.
private struct UnavailableService: RPCService {
  let serviceDescriptor: ServiceDescriptor

  var methods: [Method] {
    serviceDescriptor.methods.map { method in
      Method(path: method.path, kind: method.kind) { _ in throw PostgresError.unavailable }
    }
  }
}
