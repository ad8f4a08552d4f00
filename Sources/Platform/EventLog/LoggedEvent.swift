internal import Postgres
internal import RPC

/// An event's number, its transaction, its subjects and its form: everything that subscribers' filters look at.
package struct EventHeader: EventAttributes {
  /// The event's number.
  package let seq: Int64
  /// The transaction that wrote it.
  package let xid: UInt64
  /// Everything it concerns; what changed comes first.
  package let subjects: [ID]
  /// The form of the event that it belongs to.
  package let form: EventForm
  /// Whether subscribers read the state again: see ``EventFeed``.
  package let startsOver: Bool

  /// A header with everything given.
  package init(seq: Int64, xid: UInt64, subjects: [ID], form: EventForm = .whole, startsOver: Bool = false) {
    self.seq = seq
    self.xid = xid
    self.subjects = subjects
    self.form = form
    self.startsOver = startsOver
  }
}

/// One row of the event log.
package struct LoggedEvent: Sendable {
  /// Its position, and the resources that it concerns.
  package let header: EventHeader
  /// The stream it belongs to.
  package let topic: String
  /// What happened: `adjusted`.
  package let type: String
  /// What it happened to.
  package let key: ID
  /// When its transaction began, by the clock of the database.
  package let at: Instant
  /// The message for subscribers, as JSON.
  package let payload: String

  /// The columns that `init(_:)` reads.
  static var columns: Query { "e.xid::text AS xid, e.at, \(contents)" }

  /// The same, of an event that is parked: its transaction is long over, and not known any more.
  static var parkedColumns: Query {
    "'0' AS xid, coalesce((SELECT o.at FROM platform.event o WHERE o.seq = e.seq), e.at) AS at, \(contents)"
  }

  private static var contents: Query {
    "e.seq, e.topic, e.type, e.key, array_to_string(e.subjects, ',') AS subjects, e.payload::text AS payload"
  }

  init(_ row: Row) throws(PostgresError) {
    guard let xid = UInt64(try row.string("xid")) else { throw .mapping("an event's xid") }
    let subjects = try row.string("subjects").split(separator: ",").compactMap { ID(String($0)) }
    header = EventHeader(seq: try row.int64("seq"), xid: xid, subjects: subjects)
    topic = try row.string("topic")
    type = try row.string("type")
    key = try row.id("key")
    at = try row.instant("at")
    payload = try row.string("payload")
  }
}
