internal import EventLoop
internal import Postgres
package import Protobuf
package import RPC

/// One subscriber of the event log. It sends the current state first, then every change, without gaps or repetition.
///
/// It follows the events that are delivered to its loop. It reads events from before its start from the log, and skips
/// those that the state contained. When it falls too far behind, or an event says so, it sends the state again.
package struct EventWatch<Response: Message> {
  /// The time that a subscriber waits for the server to start reading the log, or to catch up with it.
  private static var patience: Duration { .seconds(5) }
  private static var lookInterval: Duration { .milliseconds(2) }

  private let hub: EventHub
  private let feed: EventFeed
  private let signer: TokenSigner
  private let selection: EventSelection
  private let visibility: EventVisibility?
  private let responses: ResponseStream<Response>
  private let call: Call

  /// Sends the events of `feed` that `selection` includes and `visibility` does not hide.
  package init(
    _ selection: EventSelection, visibleBy visibility: EventVisibility? = nil, of feed: EventFeed, from hub: EventHub,
    to responses: ResponseStream<Response>, _ call: Call
  ) {
    self.visibility = visibility
    self.hub = hub
    self.feed = feed
    signer = hub.cursorSigner(of: feed)
    self.selection = selection
    self.responses = responses
    self.call = call
  }

  /// Serves the subscriber until it hangs up.
  /// - Parameter sendState: sends the current state, which it reads after the given position in the log, and returns
  ///   what the state covers.
  /// - Throws: OUT_OF_RANGE when the log does not reach back to `cursor`; `CancellationError`; the error of
  ///   `sendState`.
  package func run(from cursor: EventCursor?, sendState: (EventCursor) async throws -> SnapshotCoverage) async throws {
    var coverage = try await resume(cursor)
    while true {
      let current: SnapshotCoverage
      if let coverage { current = coverage } else { current = try await sendState(try await here()) }
      coverage = nil
      guard let subscription = try await catchUp(current) else { continue }
      try await responses.follow(subscription)
      // A slow caller gets the state at the time when it reads on, not at the time when it stopped.
      try await responses.waitUntilTaken()
    }
  }

  // MARK: Beginning

  private func resume(_ cursor: EventCursor?) async throws -> SnapshotCoverage? {
    guard let cursor else { return nil }
    let ends = try await LogQueries.ends(try call.database.connections)
    if cursor.log != ends.log || max(cursor.seq, cursor.visible?.upTo ?? 0) > ends.last {
      throw EventLogError.cursorOfAnotherLog
    }
    if cursor.seq < ends.floor { throw EventLogError.cursorTooOld }
    return SnapshotCoverage(cursor)
  }

  /// The position of this loop's subscribers.
  private func here() async throws -> EventCursor {
    var waited: Duration = .zero
    while true {
      if let position = hub.position(on: call.loop).cursor { return position }
      if waited >= Self.patience { throw PostgresError.unavailable }
      try await call.loop.sleep(for: Self.lookInterval)
      waited += Self.lookInterval
    }
  }

  /// Waits until the loop's events have passed what the state may contain. Usually they have.
  private func settle(upTo seq: Int64) async throws {
    var waited: Duration = .zero
    while try await here().seq < seq && waited < Self.patience {
      hub.wake()
      try await call.loop.sleep(for: Self.lookInterval)
      waited += Self.lookInterval
    }
  }

  // MARK: Catching up

  /// Sends the events after `coverage` from the log, and returns a subscription that continues from there; nil when the
  /// log was replaced, or when the state must be read again.
  private func catchUp(_ coverage: SnapshotCoverage) async throws -> Subscription<EventHeader>? {
    var cursor = coverage.cursor
    try await settle(upTo: cursor.visible?.upTo ?? 0)
    while true {
      let position = try await here()
      guard position.log == cursor.log else { return nil }
      let joined = position.seq
      // Nothing may happen on the loop between these two.
      let subscription = feed.topic.subscribe(on: call.loop, to: selection.subjects)
      guard let pages = try await sendLog(&cursor, upTo: joined, coverage) else { return nil }
      // Many pages take time, while the ring moves on. So one more short read follows before the subscription.
      if pages > 1 { continue }
      let (selection, feed, visibility, last) = (selection, feed, visibility, cursor.seq)
      subscription.filter = {
        $0.seq > last && selection.includes($0) && visibility?.hides($0) != true
          && $0.form == feed.form(of: $0, for: visibility) && !coverage.contains($0)
      }
      return subscription
    }
  }

  /// - Returns: how many pages it took; nil when an event says that the state must be read again.
  private func sendLog(
    _ cursor: inout EventCursor, upTo last: Int64, _ coverage: SnapshotCoverage
  ) async throws -> Int? {
    var pages = 0
    while cursor.seq < last {
      let events = try await LogQueries.page(
        of: feed.name, concerning: selection.subjects, after: cursor.seq, upTo: last, try call.database.connections)
      pages += 1
      for event in events {
        let header = feed.header(of: event)
        cursor = cursor.after(header.seq)
        guard selection.includes(header), visibility?.hides(header) != true, !coverage.contains(header) else {
          continue
        }
        if header.startsOver { return nil }
        try await send(event, cursor)
      }
      if events.count < LogQueries.pageMax { cursor = cursor.after(last) }
    }
    return pages
  }

  private func send(_ event: LoggedEvent, _ cursor: EventCursor) async throws {
    let form = feed.form(of: event.header, for: visibility)
    let message = try feed.message(event, form, cursor: cursor, signedBy: signer, in: responses.arena)
    guard let response = message as? Response else {
      preconditionFailure("the feed \(feed.name) makes other messages")
    }
    try await responses.send(response)
  }
}
