import Catalog
import EventLoop
import Identity
import Logging
import Platform
import Postgres
import Processes
import Synchronization

/// A serving process from its start to its end. It can be closed at any time, even while it starts.
final class ShopProcess: Sendable {
  /// A database that cannot be reached is tried again this often.
  private static let retryInterval: Duration = .milliseconds(500)

  private struct Parts {
    /// Opens the database, unless the supervisor has done so.
    var opening: Task<ShopDatabase, any Error>?
    var certificate: ServerCertificate?
    /// Answers until `server` does, when the database was not there at the beginning.
    var waiting: UnavailableServer?
    var server: ShopServer?
    var isClosing = false
  }

  private let all: ShopSettings
  private let handover: WorkerHandover?
  private let sockets: ServingSockets
  private let log: Logger
  private let group: EventLoopGroup
  private let parts = Mutex(Parts())

  /// Takes the addresses of the settings, or as a worker what the supervisor hands over.
  /// - Throws: `ListenError`.
  init(_ settings: ShopSettings, _ handover: WorkerHandover?, log: Logger) throws {
    all = settings
    self.handover = handover
    self.log = log
    sockets =
      try handover.map { try ServingSockets(adopting: $0.sockets, settings) } ?? ServingSockets(settings)
    group = EventLoopGroup(count: settings.serve.loops)
    if let turns = handover?.turns.flatMap({ MemoryFile(adopting: $0) }),
      let memory = TurnMemory(descriptor: turns.descriptor, loops: settings.serve.loops)
    {
      group.noteTurns(in: memory)
    }
  }

  /// Starts everything. Returns where it listens.
  func open() async throws -> [String] {
    let certificate =
      all.serve.tlsListen.isEmpty
      ? nil : try ServerCertificate(all.serve.tls, dataDirectory: all.database.dataDirectory, log: log)
    try keep { $0.certificate = certificate }
    log.info("starting", metadata: ["version": "\(Version.text)", "node": "\(all.telemetry.node)"])
    let database = try await openDatabase()
    try keep { _ in }
    if handover?.isPreparing ?? true {
      try await whenReached { try await database.migrate(on: self.group.loops[0], log: self.log) }
    }
    let newKeyFile = try ShopVault.newKeyFile(all.database, database)
    let vault = try await whenReached {
      try await ShopVault.open(self.all.database, database, on: self.group.loops[0])
    }
    await group.use(vault)
    if handover?.isPreparing ?? true {
      try await all.demo?.fillIfEmpty(database, vault, on: group.loops[0], log: log)
    }
    let currency = ShopCurrency(all.serve.currency)
    try await whenReached {
      try await database.use(on: self.group.loops[0]) { try await currency.establish(in: $0) }
    }
    let server = try await ShopServer(
      group: group, connections: all.serve.connections, database: database.configuration, telemetry: all.telemetry,
      mail: all.mail, limits: all.limits, showsConnections: all.serve.showsConnections,
      crossOrigin: all.serve.crossOrigin, eventsKept: all.serve.eventsKept, language: all.serve.language,
      currency: all.serve.currency, viesURL: all.serve.viesURL, signIn: all.identity, audit: all.audit,
      images: all.images, vault: vault,
      handover: handover, log: log)
    try keep { $0.server = server }
    await stopWaiting()
    let places = try await server.listen(all.serve, sockets, certificate)
    if handover?.isPreparing ?? true { ProductionReadiness(all, newKeyFile: newKeyFile).tell(log) }
    return places
  }

  private func openDatabase() async throws -> ShopDatabase {
    if let known = handover?.database { return ShopDatabase(known) }
    let (settings, loops, log) = (all.database, all.serve.loops, log)
    let opening = try parts.withLock { parts in
      if parts.isClosing { throw CancellationError() }
      let opening = Task.detached { try ShopDatabase.open(settings, loops: loops, log: log) }
      parts.opening = opening
      return opening
    }
    return try await opening.value
  }

  /// Does `body` as soon as the database can be reached: it may start after us.
  private func whenReached<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    while true {
      do {
        return try await body()
      } catch let error where Self.isUnreachable(error) {
        if parts.withLock({ $0.isClosing }) { throw error }
        log.warning("the database is not ready; retrying", metadata: ["reason": "\(error)"])
        try await answerMeanwhile()
        try await group.loops[0].sleep(for: Self.retryInterval)
      }
    }
  }

  /// Tells callers how it is.
  private func answerMeanwhile() async throws {
    let (isNeeded, certificate) = parts.withLock { ($0.waiting == nil, $0.certificate) }
    guard isNeeded else { return }
    let waiting = try await UnavailableServer(group, all, sockets, certificate, log: log)
    let isClosing = parts.withLock { parts in
      if !parts.isClosing { parts.waiting = waiting }
      return parts.isClosing
    }
    guard isClosing else { return }
    await waiting.stop()
    throw CancellationError()
  }

  private func stopWaiting() async {
    let waiting = parts.withLock { $0.waiting.take() }
    await waiting?.stop()
  }

  private static func isUnreachable(_ error: any Error) -> Bool {
    let known =
      if case MigrationError.database(let cause)? = error as? MigrationError { cause } else { error as? PostgresError }
    return [.unavailable, .connectionLost, .outcomeUnknown, .overloaded, .readOnly].contains(known)
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
      log.notice("reloaded the certificate")
    } catch {
      log.error("the old certificate stays in use", metadata: ["reason": "\(error)"])
    }
  }

  /// Closes what is open, in the opposite order. With `isHandedOver`, another worker goes on at the same addresses.
  func close(isHandedOver: Bool = false) async {
    let (server, opening) = parts.withLock { parts in
      parts.isClosing = true
      return (parts.server, parts.opening)
    }
    opening?.cancel()
    await stopWaiting()
    if server == nil { sockets.close() }
    await server?.stop(
      lameDuck: isHandedOver ? .zero : .seconds(all.serve.lameDuckSeconds),
      grace: .seconds(all.serve.drainSeconds), isHandedOver: isHandedOver)
    // Our own Postgres may still be starting: a process that did not wait for it would leave it behind.
    await (try? opening?.value)?.stop()
  }

  /// Ends at once what ``close()`` waits for.
  func hurry() async {
    await parts.withLock { $0.server }?.cut()
  }
}
