import ArgumentParser
import EventLoop
import Logging
import Platform
import Postgres

/// `fastshop audit export`: writes the audit log as JSON.
struct ExportAuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the audit log to standard output as JSON, one entry a line, the oldest first.",
    discussion: """
      The lines have the form of fastshop.audit.v1.AuditEntry. They are those of one moment, and memory does not grow \
      with their number. Servers keep running. Flags take precedence over the environment: DATABASE_URL, \
      FASTSHOP_DATA_DIR, FASTSHOP_LOG_LEVEL, FASTSHOP_LOG_FORMAT.
      """)

  @Option(
    help: ArgumentHelp("Only entries from this time on, such as 2026-03-01T00:00:00Z.", valueName: "time"))
  var from: String?

  @Option(help: ArgumentHelp("Only entries before this time.", valueName: "time"))
  var to: String?

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let task = try DatabaseTask(database, logs)
    let export = try CommandFailure.exitOnError {
      AuditExport(
        from: try from.map { try AuditCommand.time($0, option: "--from") },
        to: try to.map { try AuditCommand.time($0, option: "--to") })
    }
    try await task.run { database, loop, log in
      let count = try await database.use(on: loop) { connections in
        // Who reads the lines may stand still.
        try await export.run(connections) { lines in try await loop.offLoop { StandardStream.output.write(lines) } }
      }
      log.info("exported the audit log", metadata: ["entries": "\(count)"])
    }
  }
}
