internal import EventLoop
internal import FoundationEssentials
package import Postgres
package import Protobuf

/// A moment of the years 1 to 9999 in microseconds: the range that the API's `Timestamp` and the database share.
///
/// Its arithmetic does not overflow. A sum beyond the range is the end of the range.
package struct Instant: Hashable, Comparable, Sendable {
  /// 0001-01-01T00:00:00Z.
  package static let earliest = Instant(unchecked: microsecondsRange.lowerBound)
  /// The last microsecond of the year 9999.
  package static let latest = Instant(unchecked: microsecondsRange.upperBound)

  private static let microsecondsRange: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999
  private static let perSecond: Int64 = 1_000_000

  /// Since 1970-01-01 00:00 UTC.
  package let microseconds: Int64

  private init(unchecked microseconds: Int64) { self.microseconds = microseconds }

  /// The moment so many microseconds after 1970 began; nil when it is out of range.
  package init?(microseconds: Int64) {
    guard Self.microsecondsRange.contains(microseconds) else { return nil }
    self.init(unchecked: microseconds)
  }

  /// The moment so many microseconds after 1970 began, or the end of the range that is next to it.
  package init(clamping microseconds: Int64) {
    self.init(unchecked: min(max(microseconds, Self.earliest.microseconds), Self.latest.microseconds))
  }

  /// The moment so many seconds after 1970 began; nil when it is out of range.
  package init?(seconds: Int64) {
    let (microseconds, isTooLarge) = seconds.multipliedReportingOverflow(by: Self.perSecond)
    if isTooLarge { return nil }
    self.init(microseconds: microseconds)
  }

  /// The present, by the clock that all servers of a database share: see ``DatabaseClock``.
  package static var now: Instant { Instant(clamping: CurrentTime.microseconds) }

  /// The current time, or the time of this machine's own clock where that is earlier. The owner of the database
  /// controls the database's clock, and must not be able to make stored data old enough to be dropped.
  package static var nowAtMost: Instant { min(now, Instant(clamping: MachineClock.unixMicroseconds)) }

  /// The present of a clock that nothing sets, counted from the machine's start: for how long something is kept in
  /// memory. It is never stored and never shown.
  package static var steady: Instant { Instant(clamping: MachineClock.elapsedMicroseconds) }

  /// Whole seconds since 1970, rounded down.
  package var seconds: Int64 { (microseconds - microsecondOfSecond) / Self.perSecond }

  /// From 0 to 999,999.
  private var microsecondOfSecond: Int64 {
    let rest = microseconds % Self.perSecond
    return rest < 0 ? rest + Self.perSecond : rest
  }

  package static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }

  /// The later moment, at most ``latest``.
  package static func + (instant: Instant, duration: Duration) -> Instant {
    instant.moved(by: duration.wholeMicroseconds)
  }

  /// The earlier moment, at least ``earliest``.
  package static func - (instant: Instant, duration: Duration) -> Instant {
    // The least integer has no opposite, but so far no moment lies from another.
    instant.moved(by: -max(duration.wholeMicroseconds, -Int64.max))
  }

  /// The time between two instants.
  package static func - (later: Instant, earlier: Instant) -> Duration {
    .microseconds(later.microseconds - earlier.microseconds)
  }

  private func moved(by more: Int64) -> Instant {
    let (sum, isTooLarge) = microseconds.addingReportingOverflow(more)
    return Instant(clamping: isTooLarge ? (more < 0 ? .min : .max) : sum)
  }
}

extension Duration {
  /// In microseconds, towards zero; the integers' ends when it is too long for them.
  package var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isSumTooLong) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return isTooLong || isSumTooLong ? (seconds < 0 ? .min : .max) : sum
  }
}

extension Instant {
  /// The form for people: `2026-03-01 17:05 UTC`.
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
  /// The moment that a message has, without what is shorter than a microsecond; nil when it is out of range.
  package init?(_ timestamp: Timestamp) {
    guard let second = Instant(seconds: timestamp.seconds), 0...999_999_999 ~= timestamp.nanos else { return nil }
    self.init(microseconds: second.microseconds + Int64(timestamp.nanos) / 1_000)
  }

  /// The moment as the API writes it.
  package func timestamp(in arena: Arena) -> Timestamp {
    let timestamp = Timestamp(in: arena)
    timestamp.seconds = seconds
    timestamp.nanos = Int32(truncatingIfNeeded: microsecondOfSecond) * 1_000
    return timestamp
  }
}
