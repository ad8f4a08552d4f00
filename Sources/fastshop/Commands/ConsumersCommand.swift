import ArgumentParser
import EventLoop
import Platform

/// `fastshop consumers`: how far the consumers of the event log are.
struct ConsumersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consumers",
    abstract: "List the consumers of the event log: how far each is, and which server runs it.")

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    try await DatabaseTask(database, logs).run { database, loop, _ in
      for consumer in try await database.use(on: loop, { try await ConsumerStatus.all($0) }) {
        let owner = consumer.owner.isEmpty ? "no server" : consumer.owner
        StandardStream.output.write(
          "\(consumer.name)  at \(consumer.seq), \(consumer.behind) behind, on \(owner), "
            + "\(consumer.attempts) failed attempts, \(consumer.parked) parked\n")
      }
    }
  }
}
