/// The times of a schedule, as five fields: minute, hour, day of the month, month, day of the week.
///
/// A field is `*`, a number, a name (`jan`, `mon`), a range (`1-5`), a step (`*/15`, `8-18/2`), or a list of these with
/// commas. Sunday is 0 or 7. When both days are restricted, a day of either kind counts, as in crontab(5).
package struct CronExpression: Sendable, Equatable {
  /// A day that matches comes within so many days: the longest time between two 29th of February.
  static let daysMax = 8 * 366 + 1

  /// Why a text is not an expression.
  package enum Failure: Error, Sendable, Equatable {
    /// It does not have five fields.
    case fieldCount(Int)
    /// A field is malformed or out of range.
    case field(name: String, text: String)
    /// No day matches it: `0 0 30 2 *`.
    case never(String)
  }

  /// The expression as it was written.
  package let text: String
  let minutes: CronField
  let hours: CronField
  private let days: CronField
  private let months: CronField
  private let weekdays: CronField

  /// Parses an expression.
  package init(_ text: String) throws(Failure) {
    self.text = text
    let fields = text.split(separator: " ")
    guard fields.count == 5 else { throw .fieldCount(fields.count) }
    minutes = try CronField(fields[0], "minute", 0...59)
    hours = try CronField(fields[1], "hour", 0...23)
    days = try CronField(fields[2], "day of the month", 1...31)
    months = try CronField(fields[3], "month", 1...12, names: CivilDay.monthNames, firstName: 1)
    weekdays = try CronField(fields[4], "day of the week", 0...7, names: CivilDay.weekdayNames, firstName: 0)
    let isPossible = (0..<Self.daysMax).contains { matches(CivilDay(number: $0)) }
    guard isPossible else { throw .never(text) }
  }

  /// Whether some time of the day matches.
  func matches(_ day: CivilDay) -> Bool {
    guard months.contains(day.month) else { return false }
    let isDay = days.contains(day.day)
    let isWeekday = weekdays.contains(day.weekday) || (day.weekday == 0 && weekdays.contains(7))
    return days.isAny || weekdays.isAny ? isDay && isWeekday : isDay || isWeekday
  }
}

/// The values of one field.
struct CronField: Sendable, Equatable {
  /// Bit n stands for the value n.
  private var bits: UInt64 = 0
  /// Whether it begins with `*`.
  let isAny: Bool
  /// Whether it holds every value of its range.
  let isEvery: Bool

  init(
    _ text: Substring, _ name: String, _ range: ClosedRange<Int>, names: [String] = [], firstName: Int = 0
  ) throws(CronExpression.Failure) {
    func value(_ text: Substring) -> Int? {
      if let index = names.firstIndex(of: text.lowercased()) { return index + firstName }
      return text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? Int(text) : nil
    }
    func values(_ part: Substring) -> StrideThrough<Int>? {
      let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let step = halves.count == 2 ? value(halves[1]) : 1, step >= 1 else { return nil }
      if halves[0] == "*" { return stride(from: range.lowerBound, through: range.upperBound, by: step) }
      let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(value)
      guard let low = ends[0], range.contains(low) else { return nil }
      // `5/10` is every tenth from 5, as most programs have it.
      guard let high = ends.count == 2 ? ends[1] : (halves.count == 2 ? range.upperBound : low) else { return nil }
      guard range.contains(high), low <= high else { return nil }
      return stride(from: low, through: high, by: step)
    }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let values = values(part) else { throw .field(name: name, text: String(text)) }
      for value in values { bits |= 1 << UInt64(value) }
    }
    isAny = text.hasPrefix("*")
    isEvery = bits.nonzeroBitCount == range.count
  }

  func contains(_ value: Int) -> Bool { bits & 1 << UInt64(value) != 0 }

  /// Its values below 64, in order.
  var values: [Int] { (0..<64).filter { contains($0) } }
}
