import ArgumentParser
import EventLoop
import FoundationEssentials
import Logging
import Platform
import Postgres

/// The part that `migrate` and `seed` share: a database with an up-to-date schema while the command runs.
struct DatabaseTask {
  let settings: DatabaseSettings
  private let log: Logger

  /// Checks the settings. Throws the exit code.
  init(_ options: DatabaseOptions, _ logs: LogOptions) throws {
    let environment = ProcessInfo.processInfo.environment
    settings = try CommandFailure.exitOnError {
      try LogSettings(logs, environment: environment).install(warningOf: environment)
      return try DatabaseSettings(options, environment: environment)
    }
    ShopDatabase.keepVariables(for: settings)
    log = Logger(label: "fastshop")
  }

  /// Migrates, runs `work`, and stops what was started. `needsServersStopped` says what a command advises beside a
  /// server with an embedded Postgres. Throws the exit code.
  func run(
    needsServersStopped: Bool = false, _ work: (ShopDatabase, EventLoop, Logger) async throws -> Void
  ) async throws {
    let (settings, log) = (settings, log)
    do {
      let database = try await Task.detached { try ShopDatabase.open(settings, log: log) }.value
      let result: Result<Void, any Error>
      do {
        let loop = EventLoopGroup(count: 1).loops[0]
        try await database.migrate(on: loop, log: log)
        try await database.use(on: loop) { _ = try await DatabaseClock.read($0) }
        try await work(database, loop, log)
        result = .success(())
      } catch {
        result = .failure(error)
      }
      await database.stop()
      try result.get()
    } catch let code as ExitCode {
      // The work has said why.
      throw code
    } catch EmbeddedPostgresError.inUse(let directory, let pid, _) where needsServersStopped {
      throw CommandFailure.exit(
        "a server is running: process \(pid) runs its database in \(directory). Stop the server, then run this command "
          + "again", format: LogSettings.installedFormat)
    } catch {
      throw CommandFailure.exit(error)
    }
  }
}
