import ArgumentParser
import Checkout
import EventLoop
import Migrations
import Platform
import Postgres

/// Measures a transaction of the checkout's kind through the unit of work, on one loop. Prints a line of JSON.
@main
struct WorkBench: AsyncParsableCommand {
  @Option(help: "The database.")
  var databaseURL: String

  @Flag(help: "Make the shop's tables, and measure nothing.")
  var prepare = false

  @Flag(help: "All transactions want one article.")
  var contended = false

  @Option(help: "How long it takes.")
  var seconds = 2.0

  @Option(help: "Transactions at once, each with a connection.")
  var clients = 8

  @Option(help: "Transactions of one article that have a connection at once.")
  var holders = Admission.Limits().holdersMax

  func run() async throws {
    let group = EventLoopGroup(count: 1)
    var configuration = DatabaseConfiguration(url: databaseURL)
    configuration.writeConnections = clients
    try await group.connect(configuration)
    let command = self
    let loop = group.loops[0]
    let line = try await Task(executorPreference: loop) { () async throws -> String in
      guard let database = loop.database else { throw PostgresError.unavailable }
      if command.prepare {
        try await Migrator(try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) }).migrate(database)
        return ""
      }
      var limits = Admission.Limits()
      limits.holdersMax = command.holders
      loop.admission = Admission(loop: loop, limits: limits)
      return try await command.measure(database)
    }.value
    if !line.isEmpty { print(line) }
    await group.disconnect()
    await Task.detached { group.shutdown() }.value
  }

  private func measure(_ database: Database) async throws -> String {
    let checkout = Checkout(vault: .temporary(), isContended: contended)
    let bound = LoopBound(database, on: database.loop)
    // Connections are opened, and statements prepared, before the clock runs.
    try await place(checkout, bound, until: .now + .milliseconds(300)).check()
    let start = ContinuousClock.now
    let outcome = try await place(checkout, bound, until: start + .seconds(seconds))
    let took = ContinuousClock.now - start
    try outcome.check()
    let wall = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
    return "{\"rate\": \(Double(outcome.placed) / wall), \"round_trips\": \(outcome.roundTripsMax)}"
  }

  private func place(
    _ checkout: Checkout, _ database: LoopBound<Database>, until end: ContinuousClock.Instant
  ) async throws -> Outcome {
    try await withThrowingTaskGroup(of: Outcome.self) { tasks in
      for _ in 0..<clients {
        tasks.addTask {
          var outcome = Outcome()
          while ContinuousClock.now < end {
            outcome.roundTripsMax = max(outcome.roundTripsMax, try await checkout.place(database.value))
            outcome.placed += 1
          }
          return outcome
        }
      }
      return try await tasks.reduce(into: Outcome()) { total, each in
        total.placed += each.placed
        total.roundTripsMax = max(total.roundTripsMax, each.roundTripsMax)
      }
    }
  }
}

/// What clients did.
private struct Outcome {
  /// Of one transaction.
  private static let roundTripsGoal = 4

  var placed = 0
  var roundTripsMax = 0

  /// - Throws: a sentence when a transaction took too many round trips.
  func check() throws {
    guard (1...Self.roundTripsGoal).contains(roundTripsMax) else {
      throw ValidationError("a transaction took \(roundTripsMax) round trips")
    }
  }
}
