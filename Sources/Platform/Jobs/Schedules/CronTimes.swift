/// The times of a cron expression in a time zone.
///
/// When clocks go forward, local times are skipped: those that match run once, as long after the change as they lie
/// after its beginning (02:30 runs at 03:30), and several skipped times of a day run once. When clocks go back, local
/// times come twice: they run the first time. An expression that matches every hour runs at even intervals instead: in
/// both of the repeated hours, and not for a skipped one.
package struct CronTimes: Sendable, Equatable {
  /// The expression.
  package let expression: CronExpression
  /// The time zone.
  package let zone: CronZone

  /// The times of an expression in a zone.
  package init(_ expression: CronExpression, in zone: CronZone) {
    self.expression = expression
    self.zone = zone
  }

  /// The first time after an instant.
  package func next(after instant: Instant) -> Instant {
    let after = instant.seconds
    // A day earlier: its skipped times may run today.
    let first = CivilDay(seconds: after + zone.offset(at: after)).number - 1
    for number in first...(first + CronExpression.daysMax + 2) {
      let day = CivilDay(number: number)
      guard expression.matches(day) else { continue }
      if let next = times(on: day).filter({ $0 > after }).min() { return Instant(seconds: next) ?? .latest }
    }
    return .latest
  }

  private func times(on day: CivilDay) -> [Int64] {
    let begin = Int64(day.number) * CivilDay.seconds
    let minutes = expression.minutes.values.map { Int64($0) * 60 }
    let locals = expression.hours.values.flatMap { hour in minutes.map { begin + Int64(hour) * 3_600 + $0 } }
    if let offset = zone.offset(around: day) { return locals.map { $0 - offset } }
    var times: [Int64] = []
    var hasSkipped = false
    for local in locals {
      let found = zone.times(of: local)
      if expression.hours.isEvery {
        if !found.isSkipped { times += found.times }
      } else if !found.isSkipped || !hasSkipped {
        times.append(found.times[0])
        hasSkipped = hasSkipped || found.isSkipped
      }
    }
    return times
  }
}
