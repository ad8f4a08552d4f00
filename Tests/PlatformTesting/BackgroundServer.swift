package import EventLoop
package import Platform
package import Postgres

/// A server of a test that answers no calls: it runs jobs and consumers of the event log.
///
/// ```swift
/// let server = try await BackgroundServer(database.url, jobs: [SendMail(…)], consumers: [module.consumer])
/// try await server.run { try await $0.work(as: .system("test", vault: server.vault)) { try $0.enqueue(mail) } }
/// try await eventually { try await server.run { try await $0.number("SELECT count(*) AS n FROM …") } == 1 }
/// await server.stop()
/// ```
package final class BackgroundServer: Sendable {
  /// Its loops, each connected to the database.
  package let group = EventLoopGroup(count: 2)
  /// The vault that it seals with.
  package let vault: Vault
  /// Its jobs.
  package let jobs: JobModule
  private let hub: EventHub
  private let consumers: Consumers

  /// Starts a server on the database at `url`. `node` is its name.
  package init(
    _ url: String, vault: Vault = .temporary(), jobs kinds: [any JobKind] = [], consumers all: [Consumer] = [],
    node: String = "test"
  ) async throws {
    var configuration = DatabaseConfiguration(url: url)
    configuration.writeConnections = 4
    configuration.outageWait = .seconds(20)
    try await group.connect(configuration)
    await group.use(vault)
    self.vault = vault
    jobs = JobModule(group: group, configuration: configuration, kinds: kinds, node: node)
    consumers = Consumers(all, on: group, node: node)
    hub = EventHub(
      group: group, feeds: [], observers: consumers.observers, configuration: configuration, vault: vault)
    hub.start()
    consumers.start(hub)
    jobs.start()
  }

  /// Runs `body` on its first loop.
  @discardableResult
  package func run<R: Sendable>(_ body: @escaping @Sendable (Database) async throws -> R) async throws -> R {
    let loop = group.loops[0]
    return try await Task(executorPreference: loop) {
      guard let database = loop.database else { throw PostgresError.unavailable }
      return try await body(database)
    }.value
  }

  /// Stops it. Jobs may end within `grace`; other servers may take its consumers at once if it is `isReleasing`.
  package func stop(grace: Duration = .seconds(20), isReleasing: Bool = true) async {
    await jobs.stop(grace: grace)
    await consumers.stop(isReleasing: isReleasing)
    await hub.stop()
    await group.disconnect()
    await Task.detached { [group] in group.shutdown() }.value
  }
}
