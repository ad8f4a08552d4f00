import ArgumentParser
import EventLoop
import Mail
import Platform

/// `fastshop mail`: mails that could not be delivered.
struct MailCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mail",
    abstract: "List undeliverable mails, and retry them.",
    subcommands: [Failed.self, Retry.self])

  /// `fastshop mail failed`.
  struct Failed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "failed", abstract: "List the last \(DeadLetters.pageMax) undeliverable mails, with the reason.")

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func run() async throws {
      try await DatabaseTask(database, logs).run { database, loop, _ in
        for mail in try await database.use(on: loop, { try await DeadLetters.newest($0) }) {
          StandardStream.output.write(
            "\(mail.id)  \(mail.endedAt)  \(mail.kind) to \(mail.recipient), "
              + "\(mail.attempts) attempts: \(mail.reason)\n")
        }
      }
    }
  }

  /// `fastshop mail retry`.
  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retry", abstract: "Put undeliverable mails that are still useful back into the queue.")

    @Argument(help: ArgumentHelp("The mails' ids, as `failed` lists them.", valueName: "id"))
    var ids: [String] = []

    @Flag(help: "Retry all undeliverable mails.")
    var all = false

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func validate() throws {
      guard all != !ids.isEmpty else { throw ValidationError("Give the ids of mails, or --all.") }
      for id in ids where ID(id) == nil { throw ValidationError("\(id) is not the id of a mail.") }
    }

    func run() async throws {
      let chosen = all ? nil : ids.compactMap { ID($0) }
      try await DatabaseTask(database, logs).run { database, loop, _ in
        let count = try await database.use(on: loop) { database in
          try await database.work(as: .command("fastshop mail retry", vault: nil)) { work in
            try await DeadLetters.retry(chosen, in: work)
          }
        }
        StandardStream.output.write("\(count) back in the queue\n")
      }
    }
  }
}
