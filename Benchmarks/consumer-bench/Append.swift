import ArgumentParser
import EventLoop
import Platform
import Postgres

/// `consumer-bench append`: changes accounts, each change with its event, several in a unit of work.
struct Append: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Append events in units of work, at a rate or as fast as it can. Print a line of JSON.")

  @Option(help: "The database.")
  var databaseURL: String

  @Option(help: "Events in all.")
  var events = 100_000

  @Option(help: "Events a second, at even intervals whatever the database does; 0 for as fast as it can.")
  var rate = 10_000

  @Option(help: "Events of a unit of work.")
  var batch = 5

  @Option(help: "Units of work at a time, each with a connection.")
  var clients = 16

  @Option(help: "How many accounts there are to be changed.")
  var accounts: Int64 = 1_000

  func validate() throws {
    guard events > 0, rate >= 0, batch > 0, clients > 0, accounts > 0 else {
      throw ValidationError("Give positive numbers.")
    }
  }

  func run() async throws {
    let node = try await BenchNode(databaseURL, connections: clients)
    let hub = node.hub()
    hub.start()
    let command = self
    let begin = EventLoop.preciseNow
    let delays = try await node.onLoop { try await command.append(LoopBound($0, on: $0.loop)) }
    let took = seconds(since: begin)
    let late = Delays(delays).percentile(0.99)
    say("{\"events\": \(delays.count * batch), \"seconds\": \(took), \"late_p99_ms\": \(late)}")
    await hub.stop()
    await node.stop()
  }

  /// - Returns: how much later than it was due each unit of work began.
  private func append(_ database: LoopBound<Database>) async throws -> [Int64] {
    let times = Schedule(works: events / batch, worksPerSecond: Double(rate) / Double(batch))
    let schedule = LoopBound(times, on: database.value.loop)
    return try await withThrowingTaskGroup(of: [Int64].self) { tasks in
      for _ in 0..<clients {
        tasks.addTask {
          var delays: [Int64] = []
          while let due = schedule.value.next() {
            let early = due - EventLoop.preciseNow
            if early > 0 { try await database.value.loop.sleep(for: .nanoseconds(early)) }
            delays.append(rate == 0 ? 0 : max(0, EventLoop.preciseNow - due))
            try await change(ID.account(.random(in: 1...accounts)), database.value)
          }
          return delays
        }
      }
      return try await tasks.reduce(into: []) { $0 += $1 }
    }
  }

  /// Several changes of an account, whose row is locked meanwhile: the numbers follow the order of the commits.
  private func change(_ account: ID, _ database: Database) async throws {
    try await database.work(as: .system("bench.append", vault: nil)) { work in
      let rows = try await work.rows(
        "UPDATE bench.account SET changes = changes + \(Int64(batch)) WHERE id = \(account) RETURNING changes",
        access: .write)
      guard let last = try rows.first?.int64("changes") else { throw PostgresError.unavailable }
      let now = EventLoop.preciseNow
      for number in (last - Int64(batch) + 1)...last {
        work.publish(
          NewEvent(
            AccountChange.topic, "changed", of: account, subjects: [.account(0)],
            json: "{\"number\": \(number), \"committedNs\": \(now)}"))
      }
    }
  }
}

/// When units of work are due. Confined to its loop.
private final class Schedule {
  private let works: Int
  private let intervalNs: Double
  private let beginNs = EventLoop.preciseNow
  private var taken = 0

  /// - Parameter worksPerSecond: 0 when all are due at once.
  init(works: Int, worksPerSecond: Double) {
    self.works = works
    intervalNs = worksPerSecond > 0 ? 1e9 / worksPerSecond : 0
  }

  /// When the next one is due; nil after the last.
  func next() -> Int64? {
    guard taken < works else { return nil }
    defer { taken += 1 }
    return beginNs + Int64(Double(taken) * intervalNs)
  }
}

extension ID {
  /// The same as the function `bench.id`.
  static func account(_ number: Int64) -> ID {
    let digits = String(number, radix: 16)
    return ID("00000000-0000-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits) ?? .none
  }
}
