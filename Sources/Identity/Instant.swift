internal import FoundationEssentials
package import Postgres
internal import Protobuf

/// A moment, to the microsecond, as the database keeps it.
package struct Instant: Hashable, Comparable, Sendable {
  /// Since 1970-01-01 00:00 UTC.
  package let microseconds: Int64

  /// The moment so many microseconds after 1970 began.
  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// The moment so many seconds after 1970 began.
  package init(seconds: Int64) { self.init(microseconds: seconds * 1_000_000) }

  /// The present, by the machine's clock.
  package static var now: Instant { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

  /// Whole seconds since 1970.
  package var seconds: Int64 { microseconds / 1_000_000 }

  package static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }

  package static func + (instant: Instant, duration: Duration) -> Instant {
    let (seconds, attoseconds) = duration.components
    return Instant(microseconds: instant.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
  }

  package static func - (instant: Instant, duration: Duration) -> Instant { instant + (.zero - duration) }
}

extension Instant {
  /// As people read it: `2026-03-01 17:05 UTC`.
  package var forPeople: String {
    let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)  // 2026-03-01T17:05:09Z
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
  }
}

extension Instant: QueryValue {
  /// A `timestamptz`.
  package var queryBind: QueryBind { .instant(microseconds: microseconds) }
}

extension Instant {
  /// The moment as the API writes it.
  func timestamp(in arena: Arena) -> Timestamp {
    let timestamp = Timestamp(in: arena)
    timestamp.seconds = seconds
    timestamp.nanos = Int32(microseconds - seconds * 1_000_000) * 1000
    return timestamp
  }
}
