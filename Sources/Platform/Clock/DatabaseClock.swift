package import EventLoop
internal import Logging
package import Postgres

/// Keeps this process' present, ``Instant/now``, to the clock of the database, which all its servers share: a server
/// whose own clock is wrong, or is set while it serves, goes by the same time as the others.
package final class DatabaseClock: Sendable {
  private static let interval: Duration = .seconds(5)
  /// A reading that took longer says too little.
  private static let roundTripMax: Duration = .seconds(1)
  /// A larger change of the current time is logged and reported as a step.
  static let stepMin: Duration = .seconds(2)

  /// The action after the database's clock was changed.
  package typealias Step = @Sendable (Database) async throws -> Void

  private let loop: EventLoop
  private let stepped: Step
  private let task: LoopTask

  /// A clock that asks on the connections of `loop`. `stepped` is called when the database's clock was changed.
  package init(loop: EventLoop, stepped: @escaping Step) {
    self.loop = loop
    self.stepped = stepped
    task = LoopTask(on: loop)
  }

  /// Asks the database for the time, and goes by it from now on.
  /// - Returns: by how much the present has moved.
  @discardableResult
  package static func read(_ database: Database) async throws(PostgresError) -> Duration {
    let askedAt = MachineClock.elapsedMicroseconds
    let rows = try await database.rows("SELECT clock_timestamp() AS now")
    let answeredAt = MachineClock.elapsedMicroseconds
    guard let now = try rows.first?.instant("now") else { throw .mapping("a time without a row") }
    let reading = ClockReading(database: now.microseconds, askedAt: askedAt, answeredAt: answeredAt)
    if .microseconds(answeredAt &- askedAt) > roundTripMax { return .zero }
    return .microseconds(CurrentTime.take(reading))
  }

  /// Seconds by which the machine's own clock is ahead of the database's.
  package static var machineAhead: Double {
    Double(MachineClock.unixMicroseconds &- CurrentTime.microseconds) / 1_000_000
  }

  /// Asks now, and from time to time.
  package func begin() async throws {
    try await Task(executorPreference: loop) { [loop] in
      guard let database = loop.database else { throw PostgresError.unavailable }
      try await Self.read(database)
    }.value
    task.start { [self] in await run() }
  }

  /// Ends it.
  package func stop() async { await task.stop() }

  private func run() async {
    let log = Logger(label: "fastshop.clock")
    var isWrong = false
    var owesSteps = false
    while (try? await loop.sleep(for: Self.interval)) != nil {
      guard let database = loop.database, database.isAvailable else { continue }
      do {
        let moved = try await Self.read(database)
        if moved.magnitude > Self.stepMin {
          log.warning("the database's clock was changed", metadata: ["seconds": "\(moved.components.seconds)"])
          owesSteps = true
        }
        if owesSteps { try await stepped(database) }
        owesSteps = false
      } catch {
        log.debug("the database's clock could not be read", metadata: ["reason": "\(error)"])
      }
      let ahead = Self.machineAhead
      if (ahead.magnitude > Double(Self.stepMin.components.seconds)) != isWrong {
        isWrong.toggle()
        log.warning(
          isWrong
            ? "this machine's clock differs from the database's clock, which the shop uses"
            : "this machine's clock agrees with the database's clock again",
          metadata: ["ahead_seconds": "\(Int64(ahead.rounded()))"])
      }
    }
  }
}

extension Duration {
  fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
