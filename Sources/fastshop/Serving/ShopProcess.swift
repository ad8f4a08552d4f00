import EventLoop
import Identity
import Logging
import Platform
import Postgres
import Synchronization

/// A serving process from its start to its end. It can be closed at any time, also while it still opens.
final class ShopProcess: Sendable {
  /// A database that cannot be reached is tried again this often.
  private static let retryInterval: Duration = .milliseconds(500)

  private struct Parts {
    var database: ShopDatabase?
    var certificate: ServerCertificate?
    var server: ShopServer?
    var isClosing = false
  }

  private let settings: ServeSettings
  private let databaseSettings: DatabaseSettings
  private let telemetrySettings: TelemetrySettings
  private let mailSettings: MailSettings
  private let limitSettings: LimitSettings
  private let identitySettings: IdentitySettings
  private let log: Logger
  private let group: EventLoopGroup
  private let parts = Mutex(Parts())

  init(
    _ settings: ServeSettings, _ database: DatabaseSettings, _ telemetry: TelemetrySettings, _ mail: MailSettings,
    _ limits: LimitSettings, _ identity: IdentitySettings, log: Logger
  ) {
    self.settings = settings
    databaseSettings = database
    telemetrySettings = telemetry
    mailSettings = mail
    limitSettings = limits
    var identity = identity
    if identity.isSiteOurOwn, let own = settings.ownURL { identity.siteURL = own }
    identitySettings = identity
    self.log = log
    group = EventLoopGroup(count: settings.loops)
  }

  /// Starts everything; with `demo`, an empty shop is filled first. Returns where it listens.
  func open(demo: DemoFilling?) async throws -> [String] {
    let certificate =
      settings.tlsListen.isEmpty
      ? nil : try ServerCertificate(settings.tls, dataDirectory: databaseSettings.dataDirectory, log: log)
    try keep { $0.certificate = certificate }
    log.info("starting", metadata: ["version": "\(Version.text)", "node": "\(telemetrySettings.node)"])
    try settings.checkListening(and: telemetrySettings.metrics?.listen ?? [])
    let database = try await openDatabase()
    try keep { $0.database = database }
    try await migrate(database)
    let newKeyFile = try ShopVault.newKeyFile(databaseSettings, database)
    let vault = try await ShopVault.open(databaseSettings, database, on: group.loops[0])
    await group.use(vault)
    try await demo?.fillIfEmpty(database, on: group.loops[0], log: log)
    let server = try await ShopServer(
      group: group, lifetime: settings.connections.lifetime, database: database.url, telemetry: telemetrySettings,
      mail: mailSettings, limits: limitSettings, showsConnections: settings.showsConnections,
      crossOrigin: settings.crossOrigin, eventsKept: settings.eventsKept, signIn: identitySettings,
      vault: vault, log: log)
    try keep { $0.server = server }
    let places = try await server.listen(settings, certificate)
    ProductionGaps(settings, databaseSettings, mailSettings, identitySettings, newKeyFile: newKeyFile).tell(log)
    return places
  }

  private func openDatabase() async throws -> ShopDatabase {
    let (settings, loops, log) = (databaseSettings, settings.loops, log)
    return try await Task.detached { try ShopDatabase.open(settings, loops: loops, log: log) }.value
  }

  /// Brings the schema up to date, as soon as the database can be reached: it may start after us.
  private func migrate(_ database: ShopDatabase) async throws {
    while true {
      do {
        return try await database.migrate(on: group.loops[0], log: log)
      } catch MigrationError.database(let error) where error == .unavailable || error == .connectionLost {
        if parts.withLock({ $0.isClosing }) { throw error }
        log.warning("the database cannot be reached; trying again")
        try await group.loops[0].sleep(for: Self.retryInterval)
      }
    }
  }

  /// Notes a part that has been opened, to be closed with the others.
  private func keep(_ note: (inout sending Parts) -> Void) throws {
    let isClosing = parts.withLock { parts in
      note(&parts)
      return parts.isClosing
    }
    if isClosing { throw CancellationError() }
  }

  /// Reads the certificate again.
  func reload() {
    guard let certificate = parts.withLock({ $0.certificate }) else { return }
    do {
      try certificate.reload()
      log.notice("read the certificate again")
    } catch {
      log.error("the old certificate stays in use", metadata: ["reason": "\(error)"])
    }
  }

  /// Closes what is open, in the opposite order.
  func close() async {
    let (server, database) = parts.withLock { parts in
      parts.isClosing = true
      return (parts.server, parts.database)
    }
    await server?.stop(lameDuck: .seconds(settings.lameDuckSeconds), grace: .seconds(settings.drainSeconds))
    await database?.stop()
  }

  /// Ends at once what ``close()`` waits for.
  func hurry() async {
    await parts.withLock { $0.server }?.cut()
  }
}
