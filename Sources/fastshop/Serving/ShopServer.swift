import EventLoop
import FastShopAPI
import Identity
import Logging
import Modules
import Platform
import Postgres
import RPC
import Synchronization

/// The shop on its loops: connections to the database, modules, and the server.
final class ShopServer: Sendable {
  /// A server that starts waits so long for its first connections to the database.
  private static let databasePatience: Duration = .seconds(10)
  private static let farewell: Duration = .milliseconds(50)
  /// Jobs that run when the server stops have so long to end, and what the modules have under way.
  private static let workFarewell: Duration = .seconds(5)
  /// When the server stops, the database has so long to show that it answers.
  private static let databaseFarewell: Duration = .seconds(1)

  private let group: EventLoopGroup
  private let hub: EventHub
  private let consumers: Consumers
  private let keys: KeyReader
  private let jobs: JobModule
  private let auditHeads: AuditHeadsSender
  private let clock: DatabaseClock
  private let watch: DatabaseWatch
  private let memoryTrimmer: MemoryTrimmer
  private let health: HealthRegistry
  private let server: RPCServer
  private let telemetry: ShopTelemetry
  private let modules: ShopModules
  private let metricsListener: MetricsListener?
  private let isCut = Atomic<Bool>(false)

  /// Connects every loop to the database and wires the modules. It serves nothing yet. `showsConnections` adds
  /// channelz.
  /// - Throws: `PostgresError` when a URL of the database cannot be used, `PolicyError` when a method has no policy.
  init(
    group: EventLoopGroup, connections: ConnectionSettings, database configuration: DatabaseConfiguration,
    telemetry settings: TelemetrySettings, mail: MailSettings, limits: LimitSettings, showsConnections: Bool,
    crossOrigin: CrossOriginPolicy, eventsKept: Int, language: LanguageTag, currency: Currency, viesURL: String?,
    signIn: IdentitySettings, audit: AuditSettings, images: ImageSettings, vault: Vault,
    handover: WorkerHandover?, log: Logger
  ) async throws {
    self.group = group
    try await group.connect(configuration)
    try await group.waitForDatabase(within: Self.databasePatience)
    modules = ShopModules(
      ModuleEnvironment(
        group: group, vault: vault, identity: signIn,
        mailer: QueuedAccountMailer(settings: signIn, limit: mail.mailbox),
        stockMailer: QueuedStockMailer(settings: signIn, limit: mail.mailbox), mailSender: mail.sender,
        mailDelivery: ShopMail.delivery(mail, loop: group.loops[0], log: log),
        media: try ShopMedia.settings(images, loop: group.loops[0], log: log),
        localization: Localization(own: language), currency: currency, stockEventsKept: eventsKept,
        taxNumbersURL: viesURL))
    consumers = Consumers(modules.consumers, on: group, node: settings.node)
    hub = EventHub(
      group: group, feeds: modules.feeds, observers: modules.observers + consumers.observers,
      configuration: configuration, vault: vault)
    keys = KeyReader(loop: group.loops[0])
    auditHeads = AuditHeadsSender(loop: group.loops[0], audit, node: settings.node)
    clock = DatabaseClock(loop: group.loops[0], stepped: Self.clockStepped(modules))
    jobs = JobModule(
      group: group, configuration: configuration, kinds: modules.jobKinds, schedules: modules.schedules,
      chores: modules.chores, node: settings.node)
    let services = modules.services(hub)
    health = HealthRegistry(services: services.map(\.serviceDescriptor.fullName))
    let offered = StandardServices.added(
      to: services, files: fastshopAPIFiles, health: health, showsConnections: showsConnections)
    let policies = try PolicyTable(services: offered)
    telemetry = ShopTelemetry(group: group, settings)
    server = RPCServer(
      group: group, services: offered,
      interceptors: telemetry.interceptors(for: offered)
        + ShopInterceptors(policies, modules.authenticator, limits).interceptors(telemetry.registry),
      routes: [HealthRoute.route(health)] + modules.routes + telemetry.routes(limits.proxies)
        + AccountPages.routes(signIn), crossOrigin: crossOrigin,
      limits: DescriptorBudget.limits(connections, loops: group.loops.count, log), requestRules: policies.requestRules,
      lifetime: connections.lifetime, isShared: { [proxies = limits.proxies] in proxies.include(address: $0) },
      activityMemory: handover?.activity)
    metricsListener = telemetry.listener(
      group, limits.proxies, health: HealthRoute.route(health), lifetime: connections.lifetime)
    telemetry.watch(server, hub)
    server.warnOfLongTurns()
    if let handover { SupervisionMetrics(handover.history).report(to: telemetry.registry) }
    modules.report(to: telemetry.registry)
    consumers.report(to: telemetry.registry)
    jobs.report(to: telemetry.registry)
    watch = try DatabaseWatch(
      loop: group.loops[0], health: health, services: services.map(\.serviceDescriptor), log: log)
    memoryTrimmer = MemoryTrimmer(loop: group.loops[0], log: log)
    await Self.prepare(group.loops[0], log)
    hub.start()
    try await clock.begin()
    try await modules.start()
    keys.start()
    auditHeads.start()
    consumers.start(hub)
    jobs.start()
    watch.start()
    memoryTrimmer.start()
    telemetry.start()
  }

  /// Makes the partitions that serving needs. Where that fails, because the database is read-only for a while, rows
  /// wait in the default partitions until a chore has made theirs.
  private static func prepare(_ loop: EventLoop, _ log: Logger) async {
    await Task(executorPreference: loop) {
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        try await Upkeep.prepare(database)
      } catch {
        log.warning("partitions could not be made", metadata: ["reason": "\(error)"])
      }
    }.value
  }

  /// After the database's clock was changed, its tables need other partitions, too.
  private static func clockStepped(_ modules: ShopModules) -> DatabaseClock.Step {
    { database in
      try await Upkeep.makePartitions(database)
      await modules.clockStepped()
    }
  }

  /// Begins to serve at `sockets`, and returns where that is.
  /// - Throws: `ListenError`.
  func listen(
    _ settings: ServeSettings, _ sockets: ServingSockets, _ certificate: ServerCertificate?
  ) async throws -> [String] {
    var places: [String] = []
    for several in sockets.clear {
      try await server.listen(on: .clearText(several[0].bound), several)
      places.append("grpc://\(several[0].bound) (clear text)")
    }
    places += try await metricsListener?.listen(sockets.metrics) ?? []
    guard let certificate else { return places }
    telemetry.watch(certificate)
    for several in sockets.encrypted {
      try await server.listen(on: .tls(several[0].bound, certificate.context), several)
      places.append("grpcs://\(several[0].bound) (\(settings.tls.versions))")
    }
    return places
  }

  /// Reports NOT_SERVING to load balancers, continues to serve for `lameDuck`, lets the calls in flight end within
  /// `grace`, and disconnects from the database. With `isHandedOver`, another worker serves at the same addresses, so
  /// load balancers are not notified.
  func stop(lameDuck: Duration, grace: Duration, isHandedOver: Bool) async {
    await watch.stop()
    await memoryTrimmer.stop()
    if !isHandedOver {
      health.setAll(.notServing)
      // Watchers of the health service are notified before the connections close. Meanwhile the supervisor closes its
      // sockets: the last process to close them accepts the connections that wait there.
      let end = EventLoop.preciseNow + (lameDuck + Self.farewell).nanoseconds
      while EventLoop.preciseNow < end && !isCut.load(ordering: .relaxed) {
        try? await group.loops[0].sleep(for: Self.farewell)
      }
    }
    await server.shutdown(grace: grace, isHandedOver: isHandedOver)
    await metricsListener?.stop()
    // What is to be stored or read last waits for no database that is silent.
    let hasDatabase = await databaseAnswers()
    await consumers.stop(isReleasing: hasDatabase)
    let grace = hasDatabase ? Self.workFarewell : .zero
    await jobs.stop(grace: grace)
    await modules.stop(grace: grace)
    await telemetry.stop()
    await hub.stop()
    await keys.stop()
    await auditHeads.stop(sendingLast: hasDatabase)
    await clock.stop()
    await group.disconnect()
  }

  private func databaseAnswers() async -> Bool {
    let loop = group.loops[0]
    return await Task(executorPreference: loop) {
      guard let database = loop.database, database.isAvailable else { return false }
      return await database.answers(within: Self.databaseFarewell)
    }.value
  }

  /// Ends at once the calls that ``stop(lameDuck:grace:isHandedOver:)`` waits for.
  func cut() async {
    isCut.store(true, ordering: .relaxed)
    await server.shutdown(grace: .zero)
  }
}
