import ArgumentParser
import EventLoop
import FoundationEssentials
import Logging

/// `fastshop migrate`: the schema alone.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Update the database schema; serve does this, too.",
    discussion: """
      Each migration runs in its own transaction, under a lock, so that several servers can start at once. Flags take \
      precedence over the environment: DATABASE_URL, FASTSHOP_DATA_DIR, FASTSHOP_LOG_LEVEL, FASTSHOP_LOG_FORMAT.
      """)

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    try await DatabaseTask(database, logs).run { _, _, _ in }
  }
}
