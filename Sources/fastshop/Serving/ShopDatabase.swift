import EventLoop
import FoundationEssentials
import Logging
import Migrations
import Postgres

/// The Postgres that holds the shop: somebody's, or our own, which starts and stops with us.
struct ShopDatabase: Sendable {
  /// Connections that our own Postgres has left for people and other programs.
  private static let spareConnections = 50

  let url: String
  /// Where what belongs to the data is kept: beside our own Postgres, or in the data directory.
  let directory: String
  private let own: EmbeddedPostgres?

  /// Starts our own Postgres unless the settings name another. Blocks for up to a minute: not on a loop.
  /// - Throws: `EmbeddedPostgresError`.
  static func open(_ settings: DatabaseSettings, loops: Int = 1, log: Logger) throws -> ShopDatabase {
    let unused = LibpqEnvironment.keep(settings.url == nil ? .none : .access)
    if !unused.isEmpty {
      log.info("variables of libpq that are not used", metadata: ["variables": "\(unused.joined(separator: ","))"])
    }
    if let url = settings.url { return ShopDatabase(url: url, directory: settings.dataDirectory, own: nil) }
    do {
      return try start(in: settings.dataDirectory + "/postgres", loops: loops, log: log)
    } catch EmbeddedPostgresError.unreachable where settings.isDataDirectoryUsual {
      // Root's own folders are closed to the user that Postgres runs as.
      return try start(in: EmbeddedPostgres.defaultDirectory, loops: loops, log: log)
    }
  }

  private static func start(in directory: String, loops: Int, log: Logger) throws -> ShopDatabase {
    log.info("starting our own Postgres", metadata: ["directory": "\(directory)"])
    var configuration = EmbeddedPostgres.Configuration(directory: directory)
    let perLoop = DatabaseConfiguration(url: "")
    configuration.maxConnections =
      loops * (perLoop.readConnections + perLoop.writeConnections) + spareConnections
    let own = try EmbeddedPostgres(configuration)
    return ShopDatabase(url: own.url, directory: URL(filePath: directory).deletingLastPathComponent().path, own: own)
  }

  /// Stops our own Postgres; nothing when it is somebody's.
  func stop() async {
    guard let own else { return }
    await Task.detached { own.stop() }.value
  }

  /// Brings the schema up to date.
  /// - Throws: `MigrationError`.
  func migrate(on loop: EventLoop, log: Logger) async throws {
    let applied = try await use(on: loop) { database in
      let migrations = try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) }
      return try await Migrator(migrations).migrate(database)
    }
    log.info("the database's schema is up to date", metadata: ["applied": .stringConvertible(applied.count)])
  }

  /// Runs `body` on `loop` with connections of its own, which are closed afterwards.
  func use<Value: Sendable>(
    on loop: EventLoop, _ body: @escaping @Sendable (Database) async throws -> Value
  ) async throws -> Value {
    let configuration = DatabaseConfiguration(url: url)
    return try await Task(executorPreference: loop) {
      let database = try Database(loop: loop, configuration: configuration)
      defer { database.close() }
      return try await body(database)
    }.value
  }
}
