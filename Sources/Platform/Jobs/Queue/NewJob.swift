internal import EventLoop
package import Postgres

/// What makes a job unique among the jobs of its kind: a second job with the same key is not enqueued.
package struct JobKey: Sendable, Equatable, Hashable {
  /// The maximum length of a key in bytes, with its period.
  package static let bytesMax = 256

  let text: String
  let until: Instant?
  let isWhileWaiting: Bool

  private init(_ text: String, until: Instant? = nil, isWhileWaiting: Bool = false) {
    self.text = text
    self.until = until
    self.isWhileWaiting = isWhileWaiting
  }

  /// One job with this key at a time: the key is free when the job has ended. For work that needs no second job while
  /// one runs, such as a report. A job about what has changed would miss what changes while it runs.
  package static func whileNotEnded(_ text: String) -> JobKey { JobKey(text) }

  /// One job with this key waits, and the key is free as soon as a server has taken the job. For work about what has
  /// changed, such as to write a search document again: the job that runs may have read the state before the change,
  /// and another one follows. A job that waits for another attempt has no key any more. Transactions that enqueue the
  /// same key wait for each other, and no server takes the job meanwhile, so that it sees the changes of all of them.
  package static func whileWaiting(_ text: String) -> JobKey { JobKey(text, isWhileWaiting: true) }

  /// One job with this key in each period of this length. Periods begin at multiples of their length since 1970.
  package static func once(in period: Duration, _ text: String, now: Instant) -> JobKey {
    let length = max(1, period.wholeMicroseconds)
    let begin = now.microseconds - now.microseconds % length
    return JobKey("\(text)@\(begin / 1_000_000)", until: Instant(clamping: begin) + period)
  }
}

/// A job that is not enqueued yet. Made by ``JobKind/job(_:id:key:priority:dueAt:)``.
package struct NewJob: Sendable {
  /// The maximum size of a payload, in bytes of JSON.
  package static let payloadBytesMax = 16 * 1024
  /// The maximum number of jobs of one statement.
  package static let countMax = 10_000

  /// The id of the job.
  package let id: ID
  /// The kind of the job.
  package let kind: String
  let payload: String
  let key: JobKey?
  let priority: JobPriority
  let dueAt: Instant?
}

/// The queue, for code that enqueues jobs.
package enum Jobs {
  /// The word that tells servers that a running job was cancelled. It is no name of a kind.
  static let cancelNotification = "!"

  /// The one statement that enqueues jobs, in the transaction that causes them. It returns the ids of the jobs that it
  /// enqueued, which are fewer when a key is taken. At most ``NewJob/countMax`` jobs.
  package static func insert(_ jobs: [NewJob]) -> Query {
    // Transactions that enqueue the same keys wait for each other in one order.
    let jobs = firstOfEachKey(
      jobs.sorted { ($0.kind, $0.key?.text ?? "", $0.id) < ($1.kind, $1.key?.text ?? "", $1.id) })
    // A job that waits is locked, and so not taken before the changes that it is about are committed.
    let onConflict: Query =
      jobs.contains { $0.key?.isWhileWaiting == true } ? "UPDATE SET due_at = old.due_at WHERE false" : "NOTHING"
    return """
      INSERT INTO jobs.job AS old
             (id, kind, payload, unique_key, unique_until, is_unique_while_waiting, priority, due_at)
      SELECT id, kind, payload, unique_key, unique_until, is_unique_while_waiting, priority, coalesce(due_at, now())
        FROM unnest(\(jobs.map(\.id))::uuid[], \(jobs.map(\.kind))::text[], \(jobs.map(\.payload))::text[],
                    \(jobs.map { $0.key?.text })::text[], \(jobs.map { $0.key?.until })::timestamptz[],
                    \(jobs.map { $0.key?.isWhileWaiting ?? false })::boolean[],
                    \(jobs.map(\.priority.rawValue))::smallint[], \(jobs.map(\.dueAt))::timestamptz[])
             n (id, kind, payload, unique_key, unique_until, is_unique_while_waiting, priority, due_at)
      ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL AND (ended_at IS NULL OR unique_until IS NOT NULL)
        DO \(onConflict)
      RETURNING id
      """
  }

  /// The statement cannot lock a row that it has inserted itself.
  private static func firstOfEachKey(_ sorted: [NewJob]) -> [NewJob] {
    var last: NewJob?
    return sorted.filter { job in
      defer { last = job }
      return job.key == nil || job.kind != last?.kind || job.key?.text != last?.key?.text
    }
  }

  /// Enqueues jobs. They run if the transaction is committed; servers are woken when it is.
  /// - Returns: the number of jobs that were enqueued: those whose key was free.
  @discardableResult
  package nonisolated(nonsending) static func enqueue(
    _ jobs: [NewJob], in transaction: Transaction
  ) async throws(PostgresError) -> Int {
    var enqueued = 0
    var rest = jobs[...]
    while !rest.isEmpty {
      enqueued += try await transaction.execute(insert(Array(rest.prefix(NewJob.countMax))))
      rest = rest.dropFirst(NewJob.countMax)
    }
    guard enqueued > 0 else { return 0 }
    wake(Set(jobs.map(\.kind)), in: transaction)
    return enqueued
  }

  fileprivate static let kind = BufferedKind<NewJob>(.rows) { insert($0) }

  /// Wakes the servers for due jobs of these kinds when the transaction is committed.
  static func wake(_ kinds: Set<String>, in transaction: Transaction) {
    if let wakeUp = transaction.loop.jobWakeUp {
      transaction.afterCommit { wakeUp.call(kinds) }
    } else {
      // This process runs no jobs, so it notifies those that do. Committing with NOTIFY takes a lock, hence only here.
      transaction.send(NotificationChannel.jobs.notify(kinds))
    }
  }
}

extension Work {
  /// Enqueues a job, at the end of the work, unless another one has its key. It runs if the work is committed; servers
  /// are woken when it is.
  package func enqueue(_ job: NewJob) {
    atCommit(Jobs.kind, job)
    jobKinds.insert(job.kind)
  }
}
