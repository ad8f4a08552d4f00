import ArgumentParser
import EventLoop
import Platform
import Postgres

/// `fastshop audit`: the audit log.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Look into the audit log.",
    subcommands: [VerifyAuditCommand.self])
}

/// `fastshop audit verify`: whether the audit log is as it was written.
struct VerifyAuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Find entries of the audit log that were changed, removed or put elsewhere.",
    discussion: """
      Reads every entry and computes its hash anew, while servers serve. Who may change everything in the database can \
      also compute all hashes anew: keep the file of --heads where they cannot write, and it will show. Ends with \
      status 1 when anything is wrong. Flags count before the environment: DATABASE_URL, FASTSHOP_DATA_DIR, \
      FASTSHOP_LOG_LEVEL, FASTSHOP_LOG_FORMAT.
      """)

  @Option(
    help: ArgumentHelp(
      "File of how far the chains went: compared if it is there, and written anew when all is well.",
      valueName: "path"))
  var heads: String?

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let task = try DatabaseTask(database, logs)
    let noted = try heads.map { path in try Complaint.about { try NotedHeads(path: path) } }
    try await task.run { database, loop, _ in
      let outcome = try await database.use(on: loop) { connections in
        try await AuditVerification(known: noted?.heads ?? [:]).run(connections)
      }
      for flaw in outcome.flaws { StandardStream.output.write("\(flaw)\n") }
      guard outcome.flawCount == 0 else { throw BrokenAuditLog(flaws: outcome.flawCount, entries: outcome.entries) }
      try noted?.write(outcome.heads)
      StandardStream.output.write("the audit log is as it was written: \(outcome.entries) entries\n")
    }
  }
}

/// The audit log is not as it was written.
struct BrokenAuditLog: Error, CustomStringConvertible {
  let flaws: Int
  let entries: Int

  var description: String { "the audit log is not as it was written: \(flaws) flaws in \(entries) entries" }
}
