import Catalog
import EventLoop
import FastShopAPI
import Identity
import Inventory
import Logging
import Mail
import Platform
import Postgres
import RPC
import Security

/// The shop on its loops: connections to the database, rooms, and the server that callers reach.
final class ShopServer: Sendable {
  private static let farewell: Duration = .milliseconds(50)
  /// Mails that are under way when the server stops have so long to get out.
  private static let mailFarewell: Duration = .seconds(5)

  private let group: EventLoopGroup
  private let hub: EventHub
  private let upkeep: Upkeep
  private let watch: DatabaseWatch
  private let health: HealthRegistry
  private let server: RPCServer
  private let telemetry: ShopTelemetry
  private let mail: MailRoom
  private let identity: IdentityRoom

  /// Connects every loop to the database and wires the rooms; nobody is served yet. `showsConnections` serves channelz.
  /// - Throws: `PostgresError` when the database's address cannot be used, `PolicyError` when a method has no policy.
  init(
    group: EventLoopGroup, lifetime: ConnectionLifetime, database url: String, telemetry settings: TelemetrySettings,
    mail mailSettings: MailSettings, limits: LimitSettings, showsConnections: Bool,
    crossOrigin: CrossOriginPolicy?, eventsKept: Int, signIn: IdentitySettings, vault: Vault, log: Logger
  ) async throws {
    self.group = group
    let configuration = DatabaseConfiguration(url: url)
    try await group.connect(configuration)
    let inventory = InventoryRoom(group: group, eventsKept: eventsKept)
    let security = SecurityRoom(group: group)
    let post = MailPost(settings: signIn, vault: vault, limit: mailSettings.mailbox)
    identity = IdentityRoom(group: group, settings: signIn, vault: vault, post: post)
    hub = EventHub(
      group: group, feeds: [inventory.feed, security.feed], observers: identity.observers,
      configuration: configuration)
    upkeep = Upkeep(loop: group.loops[0], chores: [{ database in try await SecurityUpkeep.sweep(database) }])
    mail = ShopMail.room(mailSettings, group: group, configuration: configuration, log: log)
    let services: [any RPCService] =
      [CatalogRoom().service, inventory.service(hub), security.service(hub), AuditRoom().service]
      + identity.services(hub)
    health = HealthRegistry(services: services.map(\.serviceDescriptor.fullName))
    let offered = StandardServices.added(
      to: services, files: fastshopAPIFiles, health: health, showsConnections: showsConnections)
    let policies = try PolicyTable(services: offered)
    telemetry = ShopTelemetry(group: group, settings)
    server = RPCServer(
      group: group, services: offered,
      interceptors: telemetry.interceptors(for: offered)
        + ShopGate(policies, identity.authenticator, limits).interceptors(telemetry.registry),
      routes: [HealthRoute.route(health), identity.route] + telemetry.routes, crossOrigin: crossOrigin,
      lifetime: lifetime)
    telemetry.watch(server, hub)
    mail.report(to: telemetry.registry)
    identity.report(to: telemetry.registry)
    watch = DatabaseWatch(loop: group.loops[0], health: health, log: log)
    hub.start()
    try await identity.start(hub)
    upkeep.start()
    mail.start()
    watch.start()
    telemetry.start()
  }

  /// Begins to serve, and returns where.
  /// - Throws: `ListenError`.
  func listen(_ settings: ServeSettings, _ certificate: ServerCertificate?) async throws -> [String] {
    let connections = settings.connections
    func open(_ endpoint: RPCServer.Endpoint) async throws -> ListenAddress {
      var endpoint = endpoint
      endpoint.spread = connections.spread
      endpoint.unixPermissions = connections.socketMode
      return try await server.listen(on: endpoint)
    }
    var places: [String] = []
    for address in settings.listen { places.append("grpc://\(try await open(.clearText(address))) (clear text)") }
    guard let certificate else { return places }
    for address in settings.tlsListen {
      places.append("grpcs://\(try await open(.tls(address, certificate.context))) (\(settings.tls.versions))")
    }
    return places
  }

  /// Tells balancers, lets the calls in flight end within `grace`, then lets go of the database.
  func stop(grace: Duration) async {
    await watch.stop()
    health.setAll(.notServing)
    // Whoever watches our health hears of it before the connections go.
    try? await group.loops[0].sleep(for: Self.farewell)
    await server.shutdown(grace: grace)
    await mail.stop(grace: Self.mailFarewell)
    await telemetry.stop()
    await identity.stop()
    await hub.stop()
    await upkeep.stop()
    await group.disconnect()
  }

  /// Ends at once the calls that ``stop(grace:)`` waits for.
  func cut() async { await server.shutdown(grace: .zero) }
}
