import ArgumentParser
import EventLoop
import FoundationEssentials
import Identity
import Logging

/// `fastshop create-admin`: the first person who may do everything. The others are invited.
struct CreateAdminCommand: AsyncParsableCommand {
  /// The variable that holds the password.
  static let variable = "FASTSHOP_ADMIN_PASSWORD"

  static let configuration = CommandConfiguration(
    commandName: "create-admin",
    abstract: "Make an account that may do everything.",
    discussion: """
      The password is read from FASTSHOP_ADMIN_PASSWORD or, without it, from the first line of standard input: on the \
      command line others could see it. An account that exists is left as it is, and the command fails.
      """)

  @Argument(help: "The e-mail address, which counts as verified.")
  var email: String

  @Option(help: "What others call the person.")
  var name = "Administrator"

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let password = ProcessInfo.processInfo.environment[Self.variable] ?? readLine(strippingNewline: true) ?? ""
    let admin = try Complaint.about { try NewAdmin(email: email, password: password, name: name) }
    try await DatabaseTask(database, logs).run { database, loop, log in
      try await database.use(on: loop) { try await admin.create($0, byCommand: "fastshop create-admin") }
      log.notice("made an administrator")
    }
  }
}
