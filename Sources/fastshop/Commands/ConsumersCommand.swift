import ArgumentParser
import EventLoop
import Platform

/// `fastshop consumers`: the consumers of the event log.
struct ConsumersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consumers",
    abstract: "List the consumers of the event log, and retry the events that they have parked.",
    subcommands: [List.self, Parked.self, Retry.self], defaultSubcommand: List.self)

  /// `fastshop consumers list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the consumers: how far each is, and which server runs it.")

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func run() async throws {
      try await DatabaseTask(database, logs).run { database, loop, _ in
        for consumer in try await database.use(on: loop, { try await ConsumerStatus.all($0) }) {
          let owner = consumer.owner.isEmpty ? "no server" : consumer.owner
          StandardStream.output.write(
            "\(consumer.name)  at \(consumer.seq), \(consumer.behind) behind, "
              + "\(consumer.lag.components.seconds) s late, on \(owner), "
              + "\(consumer.attempts) failed attempts, \(consumer.parked) parked\n")
        }
      }
    }
  }

  /// `fastshop consumers parked`.
  struct Parked: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "parked",
      abstract: "List the first parked events, \(ParkedEvent.pageMax) at most: those that a consumer has given up.")

    @Argument(help: "Only those of this consumer.")
    var name: String?

    @Option(help: "The maximum number of events.")
    var limit = ParkedEvent.pageMax

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func run() async throws {
      let (name, limit) = (name, limit)
      try await DatabaseTask(database, logs).run { database, loop, _ in
        let events = try await database.use(on: loop) { try await ParkedEvent.list(of: name, limit: limit, $0) }
        for event in events {
          let state = event.attempts == 0 ? "to be tried again" : "\(event.attempts) failed attempts"
          StandardStream.output.write(
            "\(event.consumer)  \(event.seq)  \(event.topic) \(event.type) \(event.key)  \(event.at)  "
              + "\(state): \(event.reason)\n")
        }
      }
    }
  }

  /// `fastshop consumers retry`.
  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retry", abstract: "Have a consumer try its parked events once more.",
      discussion: "The server that runs the consumer tries them within seconds. An event that fails stays parked.")

    @Argument(help: "The name of the consumer, as `list` lists it.")
    var name: String

    @Argument(help: "The number of the event, as `parked` lists it; without it, all that are parked.")
    var seq: Int64?

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func run() async throws {
      let (name, seq) = (name, seq)
      try await DatabaseTask(database, logs).run { database, loop, _ in
        let count = try await database.use(on: loop) { try await ParkedEvent.retry(of: name, seq: seq, $0) }
        guard count > 0 else {
          StandardStream.error.write("\(name) has not parked \(seq.map { "event \($0)" } ?? "any event")\n")
          throw ExitCode.failure
        }
        StandardStream.output.write("\(count) to be tried again\n")
      }
    }
  }
}
