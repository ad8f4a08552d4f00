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

  /// The rows that several tests begin with; written once and copied.
  package struct Content: Sendable {
    /// Equal names stand for equal rows.
    fileprivate let name: String
    fileprivate let fill: @Sendable (Database) async throws -> Void

    package init(_ name: String, _ fill: @escaping @Sendable (Database) async throws -> Void) {
      self.name = name
      self.fill = fill
    }
  }

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

  /// A database that nobody else uses, with `migrations` applied and `content` in it.
  /// - Returns: its connection string.
  package func database(_ migrations: [Migration] = [], with content: Content? = nil) async throws -> String {
    let template = try await self.template(migrations, content)
    made += 1
    let name = "test_\(made)"
    try await create(name, from: template)
    return server.url(database: name)
  }

  private func template(_ migrations: [Migration], _ content: Content?) async throws -> String {
    if migrations.isEmpty && content == nil { return "template0" }
    let schema = migrations.map { "\($0.name) \($0.sql)" }.joined(separator: "\n")
    let key = "\(content?.name ?? "")\n\(schema)"
    if let known = templates[key] { return try await known.value }
    let name = "template_\(templates.count)"
    let making = Task {
      try await create(name, from: content == nil ? "template0" : try await template(migrations, nil))
      try await onLoop(of: loops, url: server.url(database: name)) { database in
        if let content { try await content.fill(database) } else { try await Migrator(migrations).migrate(database) }
      }
      return name
    }
    templates[key] = making
    return try await making.value
  }

  /// By copies of the template's files: a fifth of the work of writing every page to the log.
  private func create(_ name: String, from template: String) async throws {
    try await run("CREATE DATABASE \(name) TEMPLATE \(template) STRATEGY file_copy")
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
