internal import CPQ
internal import Glibc

/// A private Postgres: a cluster in its own directory, on a Unix socket, run by the system's `initdb` and `postgres`.
/// It starts and stops with this program. The kernel stops it if this program dies.
///
/// Under root it runs as user `postgres` or `nobody`, who must be able to access the directory.
public final class EmbeddedPostgres: Sendable {
  /// Its configuration.
  public struct Configuration: Sendable {
    /// The directory of all its files; created if it does not exist.
    public var directory: String
    /// Connections at most.
    public var maxConnections = 200
    /// Whether what is committed survives a crash of the machine. False for tests.
    public var isDurable = true
    /// The database that ``EmbeddedPostgres/url`` names; made when it does not exist.
    public var database = "fastshop"

    /// The default set-up in `directory`.
    public init(directory: String) { self.directory = directory }
  }

  /// The superuser's name. Everyone who can access the socket is the superuser; the socket's directory admits only the
  /// server's user and root.
  private static let user = "fastshop"
  /// The time that a server has to answer: it may have to recover first.
  private static let patienceMs = 60_000
  /// The time to wait for a server that is shutting down.
  private static let handOverMs = 10_000
  private static let pollMs = 20

  private let directory: ServerDirectory
  private let supervisor: ServerSupervisor
  private let database: String

  /// The URL for connections.
  public var url: String { url(database: database) }

  /// The URL for connections to another database of the same server.
  public func url(database: String) -> String {
    // The socket's folder has no letter that would have to be quoted.
    "host=\(directory.socketFolder) port=5432 user=\(Self.user) dbname=\(database)"
  }

  /// The file that the server logs to.
  public var logFile: String { directory.logFile }

  /// The default data directory: `/var/lib/fastshop/postgres` for root, else a folder in the user's home.
  public static var defaultDirectory: String {
    if geteuid() == 0 { return "/var/lib/fastshop/postgres" }
    if let state = getenv("XDG_STATE_HOME") { return String(cString: state) + "/fastshop/postgres" }
    let home = getenv("HOME").map { String(cString: $0) } ?? "/tmp"
    return home + "/.local/state/fastshop/postgres"
  }

  /// Starts the server and waits until it answers. Creates the cluster first if there is none. Blocks for up to a
  /// minute: not for a loop's thread. When the task is cancelled, it starts nothing more and leaves nothing running.
  /// - Throws: ``EmbeddedPostgresError``, with advice.
  public init(_ configuration: Configuration) throws(EmbeddedPostgresError) {
    LibpqEnvironment.keep(.none)
    let programs = try ServerPrograms.find()
    let user = try ServerUser.forServer()
    directory = try ServerDirectory(configuration.directory, user: user)
    database = configuration.database
    try Self.waitForFormer(directory, database)
    if !directory.isInitialised { try Self.initialise(directory, programs, user, configuration) }
    if Task.isCancelled { throw .cancelled }
    let server = [programs.postgres, "-D", directory.data] + Self.settings(configuration, directory)
    supervisor = ServerSupervisor(
      command: try ServerPrograms.command(server, as: user), log: try directory.openLog())
    try supervisor.start()
    do throws(EmbeddedPostgresError) {
      try waitUntilItAnswers()
      try makeDatabase()
    } catch {
      supervisor.stop()
      throw error
    }
  }

  /// A running server that one program hands over to the next in the same process.
  public struct Handover: Codable, Sendable {
    /// Its process id.
    let server: Int32
    /// The descriptor of its log, which the next program inherits.
    public let log: Int32
  }

  /// Takes over a server that the program before us in this process has started.
  /// - Throws: ``EmbeddedPostgresError``.
  public init(_ configuration: Configuration, running handover: Handover) throws(EmbeddedPostgresError) {
    let programs = try ServerPrograms.find()
    let user = try ServerUser.forServer()
    directory = try ServerDirectory(configuration.directory, user: user)
    database = configuration.database
    // Signals to 0, 1 and negative ids reach other processes.
    guard handover.server > 1 else { throw .failed(program: "postgres", output: "it is handed over without its id") }
    _ = fcntl(handover.log, F_SETFD, FD_CLOEXEC)
    let server = [programs.postgres, "-D", directory.data] + Self.settings(configuration, directory)
    supervisor = ServerSupervisor(
      command: try ServerPrograms.command(server, as: user), log: ServerLog(descriptor: handover.log),
      running: handover.server)
    try supervisor.start()
  }

  /// The running server, for the program that replaces this one in the process; nil while it does not run.
  public var handover: Handover? { supervisor.handover }

  /// Stops the server and waits for its end. Safe to call twice.
  public func stop() { supervisor.stop() }

  /// Kills the server as a crash would; it restarts. For tests.
  package func crash() { supervisor.crash() }

  /// Has the server end in an orderly way; it comes back. For tests.
  package func restart() { supervisor.restart() }

  /// A server that was started by a program that died may still be shutting down.
  private static func waitForFormer(
    _ directory: ServerDirectory, _ database: String
  ) throws(EmbeddedPostgresError) {
    var waitedMs = 0
    while let pid = directory.runningServer() {
      if Task.isCancelled { throw .cancelled }
      guard waitedMs < handOverMs else {
        let url = "postgres://\(user)@/\(database)?host=\(directory.socketFolder)"
        throw .inUse(directory: directory.root, pid: pid, url: url)
      }
      usleep(UInt32(pollMs) * 1000)
      waitedMs += pollMs
    }
  }

  private static func initialise(
    _ directory: ServerDirectory, _ programs: ServerPrograms, _ user: ServerUser?, _ configuration: Configuration
  ) throws(EmbeddedPostgresError) {
    let draft = try directory.makeDraft()
    var initdb = [
      programs.initdb, "-D", draft, "-U", Self.user, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
    ]
    initdb.append(configuration.isDurable ? "--data-checksums" : "--no-sync")
    let (status, output) = ChildProcess.run(try ServerPrograms.command(initdb, as: user))
    guard status == 0 else { throw .failed(program: "initdb", output: output) }
    try directory.adopt(draft)
  }

  private static func settings(_ configuration: Configuration, _ directory: ServerDirectory) -> [String] {
    var settings = [
      "listen_addresses=", "unix_socket_directories=\(directory.socketFolder)", "unix_socket_permissions=0700",
      "port=5432", "max_connections=\(configuration.maxConnections)", "shared_buffers=256MB", "max_wal_size=2GB",
      "log_min_messages=log", "log_checkpoints=off", "log_timezone=UTC", "log_line_prefix=%m [%p] ",
      "dynamic_shared_memory_type=posix",
    ]
    if !configuration.isDurable { settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] }
    return settings.flatMap { ["-c", $0] }
  }

  private func waitUntilItAnswers() throws(EmbeddedPostgresError) {
    var waitedMs = 0
    while PQping(url(database: "postgres")) != PQPING_OK {
      if Task.isCancelled { throw .cancelled }
      guard waitedMs < Self.patienceMs, !supervisor.hasFailedToStart else { throw .silent(logFile: logFile) }
      usleep(UInt32(Self.pollMs) * 1000)
      waitedMs += Self.pollMs
    }
  }

  private func makeDatabase() throws(EmbeddedPostgresError) {
    let connection = PQconnectdb(url(database: "postgres"))
    defer { PQfinish(connection) }
    let known = database.withCString { name in
      PQexecParams(connection, "SELECT FROM pg_database WHERE datname = $1", 1, nil, [name], nil, nil, 0)
    }
    defer { PQclear(known) }
    guard PQresultStatus(known) == PGRES_TUPLES_OK else { throw problem(connection) }
    if PQntuples(known) > 0 { return }
    let quoted = PQescapeIdentifier(connection, database, database.utf8.count)
    defer { PQfreemem(quoted) }
    let name = quoted.map { String(cString: $0) } ?? database
    let made = PQexec(connection, "CREATE DATABASE \(name)")
    defer { PQclear(made) }
    guard PQresultStatus(made) == PGRES_COMMAND_OK else { throw problem(connection) }
  }

  private func problem(_ connection: OpaquePointer?) -> EmbeddedPostgresError {
    .failed(program: "postgres", output: PQerrorMessage(connection).map { String(cString: $0) } ?? "")
  }
}
