internal import Foundation

/// A time zone, by its name in the tz database: `Europe/Berlin`.
package struct CronZone: Sendable, Equatable {
  /// Coordinated Universal Time, which has no clock changes.
  package static let utc = CronZone(zone: .gmt, name: "UTC")

  /// The name.
  package let name: String
  private let zone: TimeZone

  private init(zone: TimeZone, name: String) {
    self.zone = zone
    self.name = name
  }

  /// Nil when there is no such zone.
  package init?(_ name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self.init(zone: zone, name: name)
  }

  /// How far its clocks are ahead of UTC at a time in seconds since 1970.
  func offset(at seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
  }

  /// The times, in seconds since 1970, at which its clocks show `local`: two in an hour that is repeated. For a local
  /// time that a clock change skips, it is the time as long after the change (02:30 is 03:30).
  package func times(of local: Int64) -> (times: [Int64], isSkipped: Bool) {
    let before = local - offset(at: local - CivilDay.seconds)
    let after = local - offset(at: local + CivilDay.seconds)
    let times = (before == after ? [before] : [min(before, after), max(before, after)])
      .filter { $0 + offset(at: $0) == local }
    return times.isEmpty ? ([before], true) : (times, false)
  }

  /// The offset on all of a day of its clocks, and a day before and after; nil when the clocks change meanwhile.
  func offset(around day: CivilDay) -> Int64? {
    let begin = Int64(day.number) * CivilDay.seconds
    let first = offset(at: begin - 2 * CivilDay.seconds)
    let steps = [-CivilDay.seconds, 0, CivilDay.seconds, 2 * CivilDay.seconds, 3 * CivilDay.seconds]
    return steps.allSatisfy { offset(at: begin + $0) == first } ? first : nil
  }
}
