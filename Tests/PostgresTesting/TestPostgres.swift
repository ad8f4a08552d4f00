import EventLoop
import FoundationEssentials
import Glibc
package import Postgres

/// One private Postgres for all tests of a run; each test clones a database from a migrated template.
package actor TestPostgres {
  /// The server of this run; started when it is first asked for, gone with the run.
  package static func shared() async throws -> TestPostgres {
    let server = try await Task.detached { try running.get() }.value
    return server
  }

  private static let running = Result { try TestPostgres() }
  private static let folderPrefix = "fastshop-test-"
  private static let folder = "\(RoomyFolder.path)/\(folderPrefix)\(getpid())"

  private let server: EmbeddedPostgres
  private let loops = EventLoopGroup(count: 1)
  private var templates: [String: Task<String, any Error>] = [:]
  private var made = 0
  /// The statement that was sent last; the next one waits for it.
  private var last: Task<Void, any Error>?

  private init() throws {
    Self.removeLeftovers()
    server = try Self.startServer(folder: Self.folder)
    atexit { TestPostgres.endRun() }
  }

  /// A server of the caller's own, to be stopped and crashed at will.
  package static func startServer(folder: String, isDurable: Bool = false) throws -> EmbeddedPostgres {
    var configuration = EmbeddedPostgres.Configuration(directory: folder)
    configuration.isDurable = isDurable
    return try EmbeddedPostgres(configuration)
  }

  /// A database that nobody else uses, with `migrations` applied.
  /// - Returns: its connection string.
  package func database(_ migrations: [Migration] = []) async throws -> String {
    let template = migrations.isEmpty ? "template0" : try await self.template(migrations)
    made += 1
    let name = "test_\(made)"
    try await run("CREATE DATABASE \(name) TEMPLATE \(template)")
    return server.url(database: name)
  }

  private func template(_ migrations: [Migration]) async throws -> String {
    let key = migrations.map { "\($0.name) \($0.sql)" }.joined(separator: "\n")
    if let known = templates[key] { return try await known.value }
    let name = "migrated_\(templates.count)"
    let making = Task {
      try await run("CREATE DATABASE \(name) TEMPLATE template0")
      let url = server.url(database: name)
      try await onLoop(of: loops, url: url) { database in
        try await Migrator(migrations).migrate(database)
      }
      return name
    }
    templates[key] = making
    return try await making.value
  }

  /// One at a time: Postgres creates databases one after the other anyway, and a wait there
  /// would count for the statement's timeout.
  private func run(_ sql: String) async throws {
    let earlier = last
    let statement = Task {
      _ = await earlier?.result
      try await onLoop(of: loops, url: server.url) { database in try await database.runScript(sql) }
    }
    last = statement
    try await statement.value
  }

  private static func endRun() {
    guard case .success(let test) = running else { return }
    test.server.stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// What runs that were killed left behind.
  private static func removeLeftovers() {
    for parent in RoomyFolder.all {
      let entries = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
      for entry in entries where entry.hasPrefix(folderPrefix) {
        guard let pid = Int32(entry.dropFirst(folderPrefix.count)), kill(pid, 0) != 0, errno == ESRCH else { continue }
        try? FileManager.default.removeItem(atPath: "\(parent)/\(entry)")
      }
    }
  }
}
