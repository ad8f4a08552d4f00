import ArgumentParser
import EventLoop
import FoundationEssentials
import Identity
import Logging

/// `fastshop create-admin`: creates the first administrator, who invites the others.
struct CreateAdminCommand: AsyncParsableCommand {
  /// The variable that holds the password.
  static let variable = "FASTSHOP_ADMIN_PASSWORD"

  static let configuration = CommandConfiguration(
    commandName: "create-admin",
    abstract: "Create an administrator account.",
    discussion: """
      The password comes from FASTSHOP_ADMIN_PASSWORD or from the first line of standard input, so that other users do \
      not see it. The command fails if the account exists, and does not change it. If a server has used the database, \
      the command needs the server's keys (FASTSHOP_KEY_FILE, FASTSHOP_KEYS), because it signs its audit log entry.
      """)

  @Argument(help: "The e-mail address. It counts as verified.")
  var email: String

  @Option(help: "Display name of the administrator.")
  var name = "Administrator"

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let password = ProcessInfo.processInfo.environment[Self.variable] ?? readLine(strippingNewline: true) ?? ""
    let admin = try CommandFailure.exitOnError { try NewAdmin(email: email, password: password, name: name) }
    let task = try DatabaseTask(database, logs)
    let settings = task.settings
    try await task.run { database, loop, log in
      let vault = try await ShopVault.openMade(settings, database, on: loop)
      try await database.use(on: loop) { try await admin.create($0, byCommand: "fastshop create-admin", vault: vault) }
      log.notice("created the administrator account")
    }
  }
}
