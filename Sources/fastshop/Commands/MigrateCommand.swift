import ArgumentParser
import EventLoop
import FoundationEssentials
import Logging

/// `fastshop migrate`: the schema alone.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Bring the database's schema up to date; serve does it as well.",
    discussion: """
      Every step runs in a transaction of its own, under a lock: several servers may start at once. Flags count before \
      the environment: DATABASE_URL, FASTSHOP_DATA_DIR, FASTSHOP_LOG_LEVEL, FASTSHOP_LOG_FORMAT.
      """)

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    try await DatabaseTask(database, logs).run { _, _, _ in }
  }
}
