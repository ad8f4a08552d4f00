package import EventLoop
package import Logging
package import Postgres
internal import RPC

/// Reads the event log once for the whole server, and delivers new events to the subscribers of all loops.
///
/// The hub looks after each commit of this server, after a NOTIFY of another server, and every second in any case.
package final class EventHub: Sendable {
  /// The interval of looks without a notification.
  private static let pollInterval: Duration = .seconds(1)
  /// The interval of looks while a number is missing.
  private static let gapPollInterval: Duration = .milliseconds(4)
  /// The interval of looks while a number has been missing for longer than a commit takes.
  private static let stallPollInterval: Duration = .milliseconds(100)
  /// The pause after a failure of the database.
  private static let failurePause: Duration = .milliseconds(250)

  private let group: EventLoopGroup
  private let feeds: [String: EventFeed]
  private let observers: [String: [EventObserver]]
  private let positions: [LoopBound<LogPosition>]
  private let wakeUp: LoopBound<WakeUp>
  private let progress: LoopBound<EventHubCounts>
  private let signers: [String: TokenSigner]
  private let logger: Logger
  private let configuration: DatabaseConfiguration
  private let task: LoopTask

  /// A hub for the loops of `group`, each of which must be connected to the database of `configuration`. The vault
  /// signs the cursors.
  package init(
    group: EventLoopGroup, feeds: [EventFeed], observers: [EventObserver] = [], configuration: DatabaseConfiguration,
    vault: Vault, logger: Logger = Logger(label: "fastshop.events")
  ) {
    self.group = group
    self.configuration = configuration
    self.feeds = Dictionary(uniqueKeysWithValues: feeds.map { ($0.name, $0) })
    signers = self.feeds.mapValues { vault.tokenSigner(for: $0.name) }
    self.observers = Dictionary(grouping: observers, by: \.topic)
    self.logger = logger
    positions = group.loops.map { LoopBound(LogPosition(), on: $0) }
    wakeUp = LoopBound(WakeUp(loop: group.loops[0]), on: group.loops[0])
    progress = LoopBound(EventHubCounts(), on: group.loops[0])
    task = LoopTask(on: group.loops[0])
  }

  /// Starts to read events that are written from now on.
  package func start() {
    for loop in group.loops { loop.execute { [weak self] in if let self { loop.tellCommits(to: self) } } }
    task.start { [self] in await run() }
  }

  /// Stops reading.
  package func stop() async { await task.stop() }

  /// Makes the hub look. From any thread.
  package func wake() {
    group.loops[0].execute { [wakeUp] in wakeUp.value.call() }
  }

  /// The position of the subscribers of `loop`. Only on `loop`.
  package func position(on loop: EventLoop) -> LogPosition { positions[loop.index].value }

  /// The signer of a stream's cursors; the feed must be one of the hub's.
  package func cursorSigner(of feed: EventFeed) -> TokenSigner {
    guard let signer = signers[feed.name] else { preconditionFailure("the hub has no feed \(feed.name)") }
    return signer
  }

  /// The counters of the hub. Only on the group's first loop.
  package var counts: (events: Int, failures: Int) { (progress.value.events, progress.value.failures) }

  /// The time for which the log has been waiting for a missing number; zero when it is not. Only on the first loop.
  package var stalledFor: Duration { progress.value.waitsFor ?? .zero }

  // MARK: Reading

  private func run() async {
    let listener = listen()
    defer { listener?.close() }
    var reader: EventReader?
    var isReplaced = false
    var failures = FailureReport("the event log cannot be read", to: logger)
    while !Task.isCancelled {
      do {
        let current: EventReader
        if let reader { current = reader } else { current = try await begin() }
        reader = current
        if isReplaced { startOver() }
        isReplaced = false
        let pause = try await look(current)
        failures.succeeded()
        // A subscriber that waits for events after a gap wakes the hub again and again.
        if pause == Self.stallPollInterval {
          try await group.loops[0].sleep(for: pause)
        } else {
          await wakeUp.value.wait(atMost: pause)
        }
      } catch EventLogError.replaced {
        reader = nil
        logger.warning("another server holds the event log: all subscribers are reset")
        isReplaced = true
      } catch {
        if Task.isCancelled { return }
        progress.value.failures += 1
        reader?.readFailed()
        progress.value.waitsSinceNs = nil
        failures.failed(error)
        await wakeUp.value.wait(atMost: Self.failurePause)
      }
    }
  }

  /// Looks after each notification of another server, and when one may have been missed.
  private func listen() -> NotificationListener? {
    do {
      return try NotificationListener(
        loop: group.loops[0], configuration: configuration, channel: NotificationChannel.events.name,
        sharedLock: ServerPresence.key,
        onConnect: { [wakeUp] in wakeUp.value.call() }, onNotification: { [wakeUp] _ in wakeUp.value.call() },
        onUnresponsive: { [group, logger] in
          logger.error("Postgres does not respond")
          for loop in group.loops { loop.execute { loop.database?.serverBecameUnresponsive() } }
        })
    } catch {
      logger.error("events of other servers arrive late", metadata: ["reason": "\(error)"])
      return nil
    }
  }

  private func begin() async throws -> EventReader {
    guard let database = group.loops[0].database else { throw PostgresError.unavailable }
    let reader = try await EventReader(database)
    move(to: reader.cursor)
    return reader
  }

  /// The log was replaced: events that were delivered may not be in it, and others may be.
  private func startOver() {
    for feed in feeds.values { feed.startOver() }
    for observer in observers.values.joined() { observer.startOver() }
  }

  /// Reads all new events, and returns the time until the next look.
  private func look(_ reader: EventReader) async throws -> Duration {
    while true {
      let news = try await reader.read()
      move(to: reader.cursor)
      for event in news.events where !reader.isOld(event.header) {
        for observer in observers[event.topic] ?? [] { observer.hear(event) }
      }
      publish(news.events, of: reader.cursor.log)
      progress.value.waitsSinceNs = reader.waitsSinceNs
      await reportStall()
      switch news.next {
      case .readOn: continue
      case .waitForNumbers:
        return stalledFor < .seconds(1) ? Self.gapPollInterval : Self.stallPollInterval
      case .waitForNews: return Self.pollInterval
      }
    }
  }

  /// Reports a log that does not move, and the transaction that it waits for.
  private func reportStall() async {
    let age = progress.value.waitsFor
    guard let report = progress.value.alarm.report(age) else { return }
    if report == .over { return logger.notice("the event log continues") }
    var metadata: Logger.Metadata = [:]
    if let database = group.loops[0].database, let blocker = try? await LogQueries.oldestWriter(database) {
      metadata = blocker.metadata
    }
    metadata["seconds"] = "\((age ?? .zero).components.seconds)"
    logger.log(
      level: report == .error ? .error : .warning,
      "the event log waits for an open transaction that has written an event", metadata: metadata)
  }

  /// Positions move before observers hear of events: a consumer that they wake finds the new position. They also move
  /// before events are published. A subscriber that starts in between reads the events from the log, and drops them
  /// when they are published.
  private func move(to cursor: EventCursor) {
    for (loop, position) in zip(group.loops, positions) { loop.onLoop { position.value.cursor = cursor } }
  }

  private func publish(_ events: [LoggedEvent], of log: UInt32) {
    progress.value.events += events.count
    var published: [String: [PublishedEvent<EventHeader>]] = [:]
    for event in events {
      guard let feed = feeds[event.topic], let signer = signers[event.topic] else { continue }
      published[event.topic, default: []] += feed.published(event, of: log, signedBy: signer) { [logger] error in
        logger.error(
          "an event cannot be decoded",
          metadata: ["seq": .stringConvertible(event.header.seq), "reason": "\(error)"])
      }
    }
    for (name, events) in published { feeds[name]?.topic.publish(events) }
  }
}

/// Counters of a hub. Confined to its loop.
final class EventHubCounts {
  /// Events that were read and delivered.
  var events = 0
  /// Failed reads.
  var failures = 0
  /// The monotonic time since which the log has been waiting for a number.
  var waitsSinceNs: Int64?
  var alarm = LogStallAlarm()

  init() {}

  var waitsFor: Duration? {
    waitsSinceNs.map { .nanoseconds(EventLoop.preciseNow &- $0) }
  }
}

/// The position of the last event that was delivered to a loop's subscribers. Confined to its loop.
package final class LogPosition {
  /// Nil until the hub has started.
  package fileprivate(set) var cursor: EventCursor?

  init() {}
}
