package import EventLoop
package import Logging
package import Postgres
internal import Protobuf
internal import RPC
internal import Synchronization

/// Reads the event log once for the whole server, and hands what is new to the subscribers of all its loops.
///
/// It looks when it is told that something was committed here, when another server says so by NOTIFY, and every
/// second in any case.
package final class EventHub: Sendable {
  /// It looks this often when nobody calls it.
  private static let pollInterval: Duration = .seconds(1)
  /// It looks this often while a number is missing.
  private static let gapPollInterval: Duration = .milliseconds(4)
  /// It looks this often while a number has been missing for longer than a commit takes.
  private static let stallPollInterval: Duration = .milliseconds(100)
  /// It waits this long after the database failed.
  private static let failurePause: Duration = .milliseconds(250)

  private let group: EventLoopGroup
  private let feeds: [String: EventFeed]
  private let observers: [String: [EventObserver]]
  private let positions: [LoopBound<LogPosition>]
  private let wakeUp: LoopBound<WakeUp>
  private let progress: LoopBound<EventHubCounts>
  private let vault: Vault
  private let logger: Logger
  private let configuration: DatabaseConfiguration
  private let running = Mutex<Task<Void, Never>?>(nil)

  /// A hub for the loops of `group`, each of which must be connected to the database of `configuration`, whose vault
  /// signs the cursors.
  package init(
    group: EventLoopGroup, feeds: [EventFeed], observers: [EventObserver] = [], configuration: DatabaseConfiguration,
    vault: Vault, logger: Logger = Logger(label: "fastshop.events")
  ) {
    self.group = group
    self.vault = vault
    self.configuration = configuration
    self.feeds = Dictionary(uniqueKeysWithValues: feeds.map { ($0.name, $0) })
    self.observers = Dictionary(grouping: observers, by: \.topic)
    self.logger = logger
    positions = group.loops.map { LoopBound(LogPosition(), on: $0) }
    wakeUp = LoopBound(WakeUp(loop: group.loops[0]), on: group.loops[0])
    progress = LoopBound(EventHubCounts(), on: group.loops[0])
  }

  /// Begins to read, from now on.
  package func start() {
    running.withLock { task in
      if task == nil { task = Task(executorPreference: group.loops[0]) { [self] in await run() } }
    }
  }

  /// Ends reading.
  package func stop() async {
    let task = running.withLock { $0 }
    task?.cancel()
    wake()
    await task?.value
  }

  /// Says that there may be something new. From any thread.
  package func wake() {
    group.loops[0].execute { [wakeUp] in wakeUp.value.call() }
  }

  /// Where the subscribers of `loop` stand. Only on `loop`.
  package func position(on loop: EventLoop) -> LogPosition { positions[loop.index].value }

  /// Signs the cursors of a stream.
  package func cursorSigner(of feed: EventFeed) -> TokenSigner { vault.tokenSigner(for: feed.name) }

  /// What the hub has done. Only on the group's first loop.
  package var counts: (events: Int, failures: Int) { (progress.value.events, progress.value.failures) }

  /// For how long the log has been waiting for a number that is missing; zero when it is not. Only on the first loop.
  package var stalledFor: Duration { progress.value.waitsFor ?? .zero }

  // MARK: Reading

  private func run() async {
    let listener = listen()
    defer { listener?.close() }
    var reader: EventReader?
    var isReplaced = false
    while !Task.isCancelled {
      do {
        let current: EventReader
        if let reader { current = reader } else { current = try await begin() }
        reader = current
        if isReplaced { startOver() }
        isReplaced = false
        let pause = try await look(current)
        // Whoever waits for events that cannot come yet wakes the hub again and again.
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
        logger.warning("the event log cannot be read", metadata: ["reason": "\(error)"])
        await wakeUp.value.wait(atMost: Self.failurePause)
      }
    }
  }

  /// Looks whenever another server says that there is something new, and when that may have gone unheard.
  private func listen() -> NotificationListener? {
    do {
      return try NotificationListener(
        loop: group.loops[0], configuration: configuration, channel: "fastshop_event",
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
    deliver([], upTo: reader.cursor)
    return reader
  }

  /// What was told so far may never have happened, and other things may have happened meanwhile.
  private func startOver() {
    for feed in feeds.values { feed.startOver() }
    for observer in observers.values.joined() { observer.startOver() }
  }

  /// Reads all there is, and returns how long to wait before the next look.
  private func look(_ reader: EventReader) async throws -> Duration {
    while true {
      let news = try await reader.read()
      deliver(news.events, upTo: reader.cursor)
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

  /// Tells of a log that does not move, and whose transaction it waits for.
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

  /// Subscribers' positions move first: whoever subscribes in between reads the events from the log, and drops them when
  /// they come.
  private func deliver(_ events: [LoggedEvent], upTo cursor: EventCursor) {
    for (loop, position) in zip(group.loops, positions) { loop.onLoop { position.value.cursor = cursor } }
    progress.value.events += events.count
    let arena = Arena()
    var published: [String: [PublishedEvent<EventHeader>]] = [:]
    let signers = events.isEmpty ? [:] : feeds.mapValues { cursorSigner(of: $0) }
    for event in events {
      for observer in observers[event.topic] ?? [] { observer.hear(event) }
      guard let feed = feeds[event.topic], let signer = signers[event.topic] else { continue }
      do {
        let behind = EventCursor(log: cursor.log, seq: event.header.seq)
        published[event.topic, default: []].append(
          try feed.encode(event, cursor: behind, signedBy: signer, in: arena))
      } catch {
        logger.error(
          "an event cannot be decoded", metadata: ["seq": .stringConvertible(event.header.seq), "reason": "\(error)"])
      }
    }
    for (name, events) in published { feeds[name]?.topic.publish(events) }
  }
}

/// What a hub has done since it was made. Confined to its loop.
final class EventHubCounts {
  /// Events read and handed on.
  var events = 0
  /// Times that reading failed.
  var failures = 0
  /// Since when, by the monotonic clock, the log has been waiting for a number.
  var waitsSinceNs: Int64?
  var alarm = LogStallAlarm()

  init() {}

  var waitsFor: Duration? {
    waitsSinceNs.map { .nanoseconds(EventLoop.preciseNow &- $0) }
  }
}

/// How far the events have come that a loop's subscribers receive. Confined to its loop.
package final class LogPosition {
  /// Nil until the hub has begun.
  package fileprivate(set) var cursor: EventCursor?

  init() {}
}
