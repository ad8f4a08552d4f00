internal import EventLoop
internal import Logging
internal import Postgres

/// Runs one consumer on a loop: takes it when no other process has it, and gives it the events as they come.
final class ConsumerRunner: Sendable {
  /// How often it looks for parked events that are to be tried again.
  private static let retryInterval: Duration = .seconds(1)
  /// The pause after a failure that is not the consumer's.
  private static let failurePause: Duration = .milliseconds(500)

  /// The result of a transaction.
  private enum Outcome {
    /// Another process has the consumer, or its row was deleted.
    case taken
    /// Everything has been read, or an event waits for its next attempt.
    case waits(reached: Int64)
    case advanced(reached: Int64, events: Int)
    /// The server has not begun to read the log that the database has now.
    case logUnknown
  }

  let loop: EventLoop
  let progress: LoopBound<ConsumerProgress>
  private let store: ConsumerStore
  private let retries: ConsumerRetries
  private let wakeUp: LoopBound<WakeUp>
  private let task: LoopTask
  private let log: Logger

  init(_ consumer: Consumer, owner: String, lease: ConsumerLease, on loop: EventLoop) {
    self.loop = loop
    store = ConsumerStore(consumer: consumer, owner: owner, lease: lease)
    wakeUp = LoopBound(WakeUp(loop: loop), on: loop)
    progress = LoopBound(ConsumerProgress(eventsMax: consumer.batchMax), on: loop)
    task = LoopTask(on: loop)
    var log = Logger(label: "fastshop.consumers")
    log[metadataKey: "consumer"] = "\(consumer.name)"
    self.log = log
    retries = ConsumerRetries(store: store, log: log)
  }

  var consumer: Consumer { store.consumer }

  /// There may be events. From any thread.
  func wake() { loop.onLoop { [wakeUp] in wakeUp.value.call() } }

  func start(_ hub: EventHub) { task.start { [self] in await run(hub) } }

  /// Stops and, with `isReleasing`, lets another process take over at once.
  func stop(isReleasing: Bool) async {
    await task.stop()
    guard isReleasing else { return }
    await Task(executorPreference: loop) { [self] in
      if let database = loop.database { try? await store.release(database) }
    }.value
  }

  private func run(_ hub: EventHub) async {
    var failures = FailureReport("a consumer waits", to: log)
    while !Task.isCancelled {
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        // Where another process seems to have it, its row may have been deleted.
        if !progress.value.isOwner, let position = hub.position(on: loop).cursor {
          try await store.register(at: position.seq, database)
        }
        try await retryParked(database)
        if try await advance(hub, database) { continue }
        failures.succeeded()
        await wakeUp.value.wait(atMost: store.lease.lookInterval)
      } catch {
        if Task.isCancelled { return }
        failures.failed(error)
        try? await loop.sleep(for: Self.failurePause)
      }
    }
  }

  private func retryParked(_ database: Database) async throws {
    let progress = progress.value
    guard progress.isOwner, EventLoop.preciseNow >= progress.nextRetriesNs else { return }
    progress.nextRetriesNs = EventLoop.preciseNow + Self.retryInterval.nanoseconds
    progress.events += try await retries.run(database, as: origin)
  }

  private var origin: WorkOrigin { .system(consumer.name, vault: loop.vault) }

  /// Reads a page.
  /// - Returns: whether there may be another one.
  private func advance(_ hub: EventHub, _ database: Database) async throws -> Bool {
    let progress = progress.value
    guard let position = hub.position(on: loop).cursor else { return false }
    let page = ConsumerPage(
      last: position.seq, numbersMax: progress.stride.numbers, eventsMax: progress.isCareful ? 1 : consumer.batchMax)
    let batch = ConsumerBatch()
    do {
      switch try await attempt(batch, page, of: position.log, database) {
      case .taken:
        progress.isOwner = false
        return false
      case .logUnknown: return false
      case .waits(let reached):
        progress.reached(reached, of: position.seq)
        return false
      case .advanced(let reached, let events):
        progress.events += events
        progress.reached(reached, of: position.seq)
        if !progress.isCareful { progress.stride.read(events: events) }
        return true
      }
    } catch {
      guard !batch.events.isEmpty, !Self.isOutage(error), !Task.isCancelled else { throw error }
      try await failed(batch, error, database)
      return true
    }
  }

  /// One transaction: whoever has the row's lock reads from the cursor, has the consumer do its work, and moves the
  /// cursor. A process that was frozen meanwhile has lost the transaction, and finds the lease of another one.
  ///
  /// It takes one round trip to the events, and another one to the end, besides those of the consumer.
  private func attempt(
    _ batch: ConsumerBatch, _ page: ConsumerPage, of log: UInt32, _ database: Database
  ) async throws -> Outcome {
    try await database.work(as: origin) { [store] work in
      batch.events = []
      guard let found = try await store.begin(page, work.transaction) else { return .taken }
      let (claim, ends) = (found.claim, found.ends)
      guard ends.log == log, page.last <= ends.last else { return .logUnknown }
      if claim.waits || claim.seq >= page.last { return .waits(reached: claim.seq) }
      if claim.seq < ends.floor {
        self.log.error(
          "a consumer was away for so long that events were deleted that it has not seen",
          metadata: ["cursor": "\(claim.seq)", "oldest": "\(ends.floor)"])
      }
      batch.cursor = claim.seq
      batch.events = found.events
      if !found.events.isEmpty { try await store.consumer.body(found.events, work) }
      store.move(to: found.reached, work.transaction)
      return .advanced(reached: found.reached, events: found.events.count)
    }
  }

  /// After a failure, events are tried one by one until the one is found that fails. It is tried again, with growing
  /// pauses, and then parked.
  private func failed(_ batch: ConsumerBatch, _ error: any Error, _ database: Database) async throws {
    let progress = progress.value
    progress.failures += 1
    guard batch.events.count == 1, let event = batch.events.first else {
      progress.carefulUpTo = batch.events.last?.header.seq
      return
    }
    let isContention = Self.isContention(error)
    if isContention, progress.contention(of: event.header.seq) < consumer.contentionMax { throw error }
    guard let attempts = try await store.failed(after: batch.cursor, database) else { return }
    // The row counts what failed otherwise, and this attempt.
    let all = attempts + progress.contentions(of: event.header.seq) - (isContention ? 1 : 0)
    let metadata: Logger.Metadata = ["seq": "\(event.header.seq)", "attempts": "\(all)", "reason": "\(error)"]
    if !isContention, attempts < ConsumerBackoff.attemptsMax {
      log.warning("an event could not be consumed", metadata: metadata)
      return try await store.postpone(
        after: batch.cursor, for: ConsumerBackoff.pause(after: attempts), database)
    }
    try await store.park(event, after: batch.cursor, "\(error)", attempts: all, database)
    progress.parked += 1
    log.error("an event is parked that could not be consumed", metadata: metadata)
  }

  /// Whether the work waited too long for others, or conflicted with them: that says little about the event.
  private static func isContention(_ error: any Error) -> Bool {
    switch error as? PostgresError {
    case .lockNotAvailable, .tableLocked, .statementTimeout, .deadlockDetected, .serializationFailure, .queryCancelled:
      true
    default: false
    }
  }

  /// Whether the database failed, and not the consumer's work.
  static func isOutage(_ error: any Error) -> Bool {
    switch error as? PostgresError {
    case .connectionLost, .outcomeUnknown, .unavailable, .accessRefused, .overloaded, .diskFull, .readOnly: true
    default: error is CancellationError
    }
  }
}

/// The events of one attempt, which are known even when it fails. Confined to its loop.
private final class ConsumerBatch {
  var cursor: Int64 = 0
  var events: [LoggedEvent] = []

  init() {}
}
