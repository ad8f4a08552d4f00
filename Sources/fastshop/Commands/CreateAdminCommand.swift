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
      command line others could see it. An account that exists is left as it is, and the command fails. \
      Where a server has run, it needs the server's keys (FASTSHOP_KEY_FILE, FASTSHOP_KEYS): its entry of the audit \
      log is signed.
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
    let admin = try CommandFailure.exitOnError { try NewAdmin(email: email, password: password, name: name) }
    let task = try DatabaseTask(database, logs)
    let settings = task.settings
    try await task.run { database, loop, log in
      let vault = try await ShopVault.openMade(settings, database, on: loop)
      try await database.use(on: loop) { try await admin.create($0, byCommand: "fastshop create-admin", vault: vault) }
      log.notice("made an administrator")
    }
  }
}
