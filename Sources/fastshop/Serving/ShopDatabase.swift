import EventLoop
import FoundationEssentials
import Logging
import Migrations
import Postgres

/// The Postgres of the shop: an external one, or an embedded one that starts and stops with this program.
struct ShopDatabase: Sendable {
  /// Connections that our own Postgres has left for people and other programs.
  private static let spareConnections = 50
  /// Workers that are connected at the same time: two, during an upgrade.
  private static let workersMax = 2
  /// A command waits so long for a connection: longer than a call, which has a caller who can try again.
  private static let patience: Duration = .seconds(10)
  /// The folder of the embedded Postgres in the data directory.
  private static let folder = "postgres"

  let url: String
  /// A replica for long reads; nil for none.
  private let replicaURL: String?
  /// The directory of files that belong to the data: next to the embedded Postgres, or the data directory.
  let directory: String
  private let own: EmbeddedPostgres?

  /// Removes libpq's variables that must have no effect. Call it before threads are started, which may read the
  /// environment.
  static func keepVariables(for settings: DatabaseSettings) {
    let unused = LibpqEnvironment.keep(settings.url == nil ? .none : .access)
    if unused.isEmpty { return }
    Logger(label: "fastshop").info(
      "these libpq variables are ignored", metadata: ["variables": "\(unused.joined(separator: ","))"])
  }

  /// Starts our own Postgres unless the settings name another. Blocks for up to a minute: not on a loop.
  /// - Throws: `EmbeddedPostgresError`.
  static func open(_ settings: DatabaseSettings, loops: Int = 1, log: Logger) throws -> ShopDatabase {
    if let url = settings.url {
      return ShopDatabase(url: url, replicaURL: settings.replicaURL, directory: settings.dataDirectory, own: nil)
    }
    do {
      return try start(in: settings.dataDirectory + "/" + folder, loops: loops, log: log)
    } catch EmbeddedPostgresError.unreachable where settings.isDataDirectoryUsual {
      // Root's own folders are closed to the user that Postgres runs as.
      return try start(in: EmbeddedPostgres.defaultDirectory, loops: loops, log: log)
    }
  }

  private static func start(in directory: String, loops: Int, log: Logger) throws -> ShopDatabase {
    log.info("starting the embedded Postgres", metadata: ["directory": "\(directory)"])
    let own = try EmbeddedPostgres(configuration(in: directory, loops: loops))
    return ShopDatabase(url: own.url, directory: parent(of: directory), own: own)
  }

  /// A worker that takes over has connections of its own while the former one still has its own.
  private static func configuration(in directory: String, loops: Int) -> EmbeddedPostgres.Configuration {
    var configuration = EmbeddedPostgres.Configuration(directory: directory)
    let perLoop = DatabaseConfiguration(url: "")
    configuration.maxConnections =
      workersMax * loops * (perLoop.connectionsMax) + spareConnections
    return configuration
  }

  private static func parent(of directory: String) -> String {
    URL(filePath: directory).deletingLastPathComponent().path
  }

  /// Our own Postgres, which the program before us in this process has started.
  /// - Throws: `EmbeddedPostgresError`.
  init(_ known: SupervisorState.Database, loops: Int) throws {
    let own = try EmbeddedPostgres(Self.configuration(in: known.directory, loops: loops), running: known.server)
    self.init(url: own.url, directory: Self.parent(of: known.directory), own: own)
  }

  /// Our own Postgres, which the supervisor runs.
  init(_ handover: WorkerHandover.OwnDatabase) {
    self.init(url: handover.url, directory: handover.directory, own: nil)
  }

  private init(url: String, replicaURL: String? = nil, directory: String, own: EmbeddedPostgres?) {
    self.url = url
    self.replicaURL = replicaURL
    self.directory = directory
    self.own = own
  }

  /// The handover of the embedded Postgres to a worker; nil for an external Postgres.
  var handover: WorkerHandover.OwnDatabase? {
    own.map { _ in WorkerHandover.OwnDatabase(url: url, directory: directory) }
  }

  /// How a loop connects.
  var configuration: DatabaseConfiguration {
    var configuration = DatabaseConfiguration(url: url)
    configuration.replicaURL = replicaURL
    return configuration
  }

  /// For the program that takes our place in this process; nil while it does not run.
  var running: SupervisorState.Database? {
    own?.handover.map { SupervisorState.Database(directory: directory + "/" + Self.folder, server: $0) }
  }

  /// Stops the embedded Postgres; does nothing for an external one.
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
    var configuration = configuration
    configuration.outageWait = Self.patience
    return try await Task(executorPreference: loop) {
      let database = try Database(loop: loop, configuration: configuration)
      defer { database.close() }
      return try await body(database)
    }.value
  }
}
