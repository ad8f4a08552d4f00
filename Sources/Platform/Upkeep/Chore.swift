internal import EventLoop
internal import Logging
package import Postgres

/// Recurring work on the database, such as deleting what has expired: a kind of job of its own with a schedule, so that
/// one that fails holds up no other.
package struct Chore: Sendable {
  /// The maximum number of rows that one batch should delete: it takes far less than a statement may.
  package static let batchRowsMax = 2_000
  /// The maximum number of batches of a run; the rest is left to the next run.
  package static let batchesMax = 5_000
  private static let timeLimit: Duration = .seconds(1_800)

  /// The name, as a kind of job: `upkeep.requests`.
  package let name: String
  private let times: CronTimes
  private let batch: @Sendable (Database) async throws -> Int

  /// A chore at the times of `cron` in UTC, a constant of the program. `batch` does a part of the work, in statements
  /// that take milliseconds, and returns the number of rows that it changed. It is called again while that is at least
  /// ``batchRowsMax``.
  package init(_ name: String, _ cron: String, batch: @escaping @Sendable (Database) async throws -> Int) {
    guard let expression = try? CronExpression(cron) else { preconditionFailure("\(name): \(cron) is no expression") }
    self.name = name
    times = CronTimes(expression, in: .utc)
    self.batch = batch
  }

  /// Runs it now.
  /// - Returns: the number of rows.
  @discardableResult
  package func run(_ database: Database) async throws -> Int {
    var total = 0
    for _ in 0..<Self.batchesMax {
      try Task.checkCancellation()
      let rows = try await batch(database)
      total += rows
      if rows < Self.batchRowsMax { break }
    }
    return total
  }

  var registered: RegisteredJobKind {
    let policy = JobPolicy { policy in
      policy.concurrency = 1
      policy.timeLimit = Self.timeLimit
      policy.backoff = JobBackoff(first: .seconds(30), longest: .seconds(3_600), failuresMax: 10)
    }
    let log = Logger(label: "fastshop.upkeep")
    return RegisteredJobKind(name: name, policy: policy) { context in
      let begin = Instant.steady
      let rows = try await run(context.database)
      log.info(
        "a chore is done",
        metadata: [
          "chore": "\(name)", "rows": .stringConvertible(rows),
          "milliseconds": .stringConvertible((Instant.steady - begin).wholeMicroseconds / 1_000),
        ])
    }
  }

  var schedule: JobSchedule {
    JobSchedule(name: name, times: times) { [name] _ in
      NewJob(
        id: .made(at: .now), kind: name, payload: "{}", key: .whileNotEnded("schedule \(name)"), priority: .normal,
        dueAt: nil)
    }
  }
}
