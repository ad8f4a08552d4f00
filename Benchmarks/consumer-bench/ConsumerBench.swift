import ArgumentParser
import EventLoop
import Foundation
import Migrations
import Platform
import Postgres

/// Measures a consumer of the event log: one process appends events, another one consumes them.
@main
struct ConsumerBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consumer-bench", abstract: "Append events, and consume them. Benchmarks/consumers drives it.",
    subcommands: [Prepare.self, Append.self, Consume.self])

  /// `consumer-bench prepare`.
  struct Prepare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make the shop's tables in an empty database.")

    @Option(help: "The database.")
    var databaseURL: String

    func run() async throws {
      let node = try await BenchNode(databaseURL)
      _ = try await node.onLoop { database in
        try await Migrator(try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) }).migrate(database)
      }
      await node.stop()
    }
  }
}

/// A server without services: a loop that is connected to the database.
struct BenchNode: Sendable {
  private static let patience: Duration = .seconds(10)

  let group = EventLoopGroup(count: 1)
  let configuration: DatabaseConfiguration

  /// - Parameter connections: transactions at a time.
  init(_ url: String, connections: Int = 4) async throws {
    var configuration = DatabaseConfiguration(url: url)
    configuration.writeConnections = connections
    self.configuration = configuration
    try await group.connect(configuration)
    try await group.waitForDatabase(within: Self.patience)
  }

  /// A hub that reads the log, as every server has one.
  func hub(_ observers: [EventObserver] = []) -> EventHub {
    EventHub(group: group, feeds: [], observers: observers, configuration: configuration, vault: .temporary())
  }

  func onLoop<R: Sendable>(_ body: @escaping @Sendable (Database) async throws -> R) async throws -> R {
    let loop = group.loops[0]
    return try await Task(executorPreference: loop) {
      guard let database = loop.database else { throw PostgresError.unavailable }
      return try await body(database)
    }.value
  }

  func stop() async {
    await group.disconnect()
    await Task.detached { [group] in group.shutdown() }.value
  }
}

/// A change of an account, which its event tells.
struct AccountChange: Codable {
  static let topic = "bench.account"

  /// The account's changes are numbered from 1.
  let number: Int64
  /// When its transaction was about to commit, by the machine's monotonic clock.
  let committedNs: Int64
}

/// Percentiles of durations.
struct Delays {
  private let sorted: [Int64]

  /// - Parameter durations: nanoseconds.
  init(_ durations: [Int64]) { sorted = durations.sorted() }

  /// Milliseconds; 0 without durations.
  func percentile(_ share: Double) -> Double {
    if sorted.isEmpty { return 0 }
    return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1e6
  }
}

func seconds(since beginNs: Int64) -> Double { Double(EventLoop.preciseNow - beginNs) / 1e9 }

/// Writes a line at once.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
