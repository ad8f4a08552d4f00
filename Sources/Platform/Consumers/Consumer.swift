/// A durable reader of the event log.
///
/// Its cursor moves in the transaction of its effects, so what it does in the database is done once for each event,
/// however often servers die. One server runs it at a time; another one takes over within seconds.
package struct Consumer: Sendable {
  /// Does what follows from the events, all of it in the unit of work. The events are in the order of the log.
  package typealias Body = @Sendable (_ events: [LoggedEvent], _ work: Work) async throws -> Void

  /// Where a consumer begins that has never run on this database.
  package enum Start: Sendable {
    /// With the events to come.
    case present
    /// With the oldest event that the log still has.
    case beginning
  }

  /// Its name in the database: `identity.lock_out_mails`. It stays as it is, because the cursor is found by it.
  package let name: String
  /// The topics of its events.
  package let topics: [String]
  /// The most events that it is given at a time.
  package let batchMax: Int
  let start: Start
  let body: Body
  /// An event that has waited too long for others so often is parked, too: perhaps its work always takes too long.
  var contentionMax = 50

  /// The usual ``batchMax``.
  package static let batchMaxUsual = 500

  /// A consumer with everything given.
  package init(
    _ name: String, of topics: [String], from start: Start = .present, batchMax: Int = batchMaxUsual,
    body: @escaping Body
  ) {
    self.name = name
    self.topics = topics
    self.start = start
    self.batchMax = batchMax
    self.body = body
  }
}

/// How long a consumer's event that fails waits for the next attempt.
enum ConsumerBackoff {
  /// An event that has failed so often is parked: see `platform.consumer_dead_letter`.
  static let attemptsMax = 6

  private static let firstMs: Int64 = 250
  private static let longestMs: Int64 = 8_000

  /// - Parameter attempts: how often it has failed; at least once.
  static func pause(after attempts: Int) -> Duration {
    .milliseconds(min(firstMs << Int64(min(max(attempts, 1) - 1, 10)), longestMs))
  }
}
