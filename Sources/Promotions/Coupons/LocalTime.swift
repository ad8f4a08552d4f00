internal import Platform

/// A time as clocks show it, to the minute, without a zone: `2026-12-24T18:00`.
struct LocalTime: Equatable {
  private static let years = 1...9_999
  private static let daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  /// Seconds since 1970-01-01T00:00 of the same clocks.
  let seconds: Int64

  /// Nil for what has not this form, or is no time of a calendar.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 16, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
      let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
      let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
      let minute = Self.number(bytes[14..<16])
    else { return nil }
    guard Self.years.contains(year), (1...12).contains(month), (0...23).contains(hour), (0...59).contains(minute)
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    guard (1...Self.daysOfMonths[month - 1] + (month == 2 && isLeap ? 1 : 0)).contains(day) else { return nil }
    seconds = Int64(Self.day(year, month, day) * 86_400 + hour * 3_600 + minute * 60)
  }

  /// The moments at which the clocks of a zone show it: two, or twice the same.
  func moments(in zone: CronZone) -> (first: Instant, last: Instant)? {
    let times = zone.times(of: seconds).times
    guard let first = times.first.flatMap({ Instant(seconds: $0) }),
      let last = times.last.flatMap({ Instant(seconds: $0) })
    else { return nil }
    return (first, last)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var number = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number
  }

  /// Days since 1970-01-01. Source: H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
  private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
