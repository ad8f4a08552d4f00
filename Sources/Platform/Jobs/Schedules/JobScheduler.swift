internal import EventLoop
internal import Logging
internal import Postgres

/// Enqueues the jobs of schedules when they are due. Every server does it: the one that moves a schedule's next time
/// enqueues the job, in one transaction.
struct JobScheduler: Sendable {
  /// The maximum interval between two looks at the schedules: clocks may be set, and other servers may change them.
  private static let intervalMax: Duration = .seconds(10)
  private static let intervalMin: Duration = .milliseconds(50)
  private static let failurePause: Duration = .seconds(2)

  private let schedules: [JobSchedule]

  init(_ schedules: [JobSchedule]) {
    precondition(Set(schedules.map(\.name)).count == schedules.count, "two schedules have the same name")
    self.schedules = schedules
  }

  /// Works until its task is cancelled.
  func run(on loop: EventLoop) async {
    if schedules.isEmpty { return }
    let log = Logger(label: "fastshop.jobs")
    var failures = FailureReport("schedules cannot be read", to: log)
    while !Task.isCancelled {
      var pause = Self.failurePause
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        let next = try await tick(database, now: .now, log)
        pause = min(max(next - .now, Self.intervalMin), Self.intervalMax)
        failures.succeeded()
      } catch {
        failures.failed(error)
      }
      try? await loop.sleep(for: pause)
    }
  }

  /// Enqueues what is due at `now`. A schedule that fails does not hold up the others.
  /// - Returns: when to look again.
  func tick(_ database: Database, now: Instant, _ log: Logger? = nil) async throws -> Instant {
    try await note(database, now: now)
    let rows = try await database.rows(
      "SELECT s.name, s.next_at FROM jobs.schedule s WHERE s.name = ANY (\(schedules.map(\.name)))")
    var due: [String: Instant] = [:]
    for row in rows { due[try row.string("name")] = try row.instant("next_at") }
    var next = now + Self.intervalMax
    for schedule in schedules {
      guard let time = due[schedule.name] else { continue }
      if time > now {
        next = min(next, time)
        continue
      }
      do {
        try await enqueue(schedule, due: time, now: now, database)
      } catch {
        log?.error(
          "a scheduled job could not be enqueued", metadata: ["schedule": "\(schedule.name)", "reason": "\(error)"])
        next = min(next, now + Self.failurePause)
      }
    }
    return next
  }

  /// Stores schedules that are new, whose times have changed, or whose next time was computed before the clock was set
  /// back: it is later than the next two.
  private func note(_ database: Database, now: Instant) async throws(PostgresError) {
    let known = try await database.rows("SELECT name, expression, zone, next_at FROM jobs.schedule")
    var stored: [String: (times: [String], next: Instant)] = [:]
    for row in known {
      stored[try row.string("name")] = (
        [try row.string("expression"), try row.string("zone")], try row.instant("next_at")
      )
    }
    let news = schedules.filter { schedule in
      guard let stored = stored[schedule.name] else { return true }
      let times = schedule.times
      return stored.times != [times.expression.text, times.zone.name]
        // Another server's clock may be a little ahead of ours, and have one time more behind it.
        || stored.next > times.next(after: times.next(after: now))
    }
    if news.isEmpty { return }
    try await database.execute(
      """
      INSERT INTO jobs.schedule AS s (name, expression, zone, next_at)
      SELECT * FROM unnest(\(news.map(\.name))::text[], \(news.map(\.times.expression.text))::text[],
                           \(news.map(\.times.zone.name))::text[],
                           \(news.map { $0.times.next(after: now) })::timestamptz[])
      ON CONFLICT (name) DO UPDATE
        SET expression = excluded.expression, zone = excluded.zone, next_at = excluded.next_at
        WHERE (s.expression, s.zone) <> (excluded.expression, excluded.zone) OR s.next_at > excluded.next_at
      """)
  }

  private func enqueue(
    _ schedule: JobSchedule, due: Instant, now: Instant, _ database: Database
  ) async throws {
    let job = try schedule.job(due)
    try await database.transaction { transaction in
      let moved = try await transaction.execute(
        """
        UPDATE jobs.schedule
           SET next_at = \(schedule.times.next(after: max(due, now))), last_at = next_at, last_job_id = NULL
         WHERE name = \(schedule.name) AND next_at = \(due) AND expression = \(schedule.times.expression.text)
           AND zone = \(schedule.times.zone.name)
        """)
      // Another server was faster.
      guard moved == 1 else { return }
      guard try await Jobs.enqueue([job], in: transaction) == 1 else { return }
      try await transaction.execute(
        "UPDATE jobs.schedule SET last_job_id = \(job.id) WHERE name = \(schedule.name)")
    }
  }
}
