/// A point in time as RFC 3339 writes it: `2026-11-21T09:30:00.5Z`. Years 1 to 9999, no leap seconds.
struct TimestampText: Equatable {
  /// Since 1970-01-01T00:00:00Z.
  let seconds: Int64
  /// 0 to 999,999,999.
  let nanos: Int32

  /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Nil if out of range.
  init?(seconds: Int64, nanos: Int32) {
    guard TimestampText.secondsRange.contains(seconds), 0...999_999_999 ~= nanos else { return nil }
    self.seconds = seconds
    self.nanos = nanos
  }

  /// Nil if `text` is not RFC 3339. Any offset from UTC is understood.
  init?(_ text: UnsafeRawBufferPointer) {
    var scanner = AsciiScanner(text)
    guard let year = scanner.number(digits: 4), year >= 1, scanner.take("-"),
      let month = scanner.number(digits: 2), 1...12 ~= month, scanner.take("-"),
      let day = scanner.number(digits: 2), 1...CivilDate.daysOfMonth(month, year: year) ~= day, scanner.take("T"),
      let hour = scanner.number(digits: 2), hour < 24, scanner.take(":"),
      let minute = scanner.number(digits: 2), minute < 60, scanner.take(":"),
      let second = scanner.number(digits: 2), second < 60,
      let nanos = scanner.nanoseconds(),
      let offset = TimestampText.offset(&scanner), scanner.isAtEnd
    else { return nil }
    let days = CivilDate(year: year, month: month, day: day).days
    self.init(seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset, nanos: nanos)
  }

  /// `Z` or `±hh:mm`, in seconds.
  private static func offset(_ scanner: inout AsciiScanner) -> Int64? {
    if scanner.take("Z") { return 0 }
    let sign: Int64 = scanner.next == UInt8(ascii: "-") ? -1 : 1
    guard scanner.take("+") || scanner.take("-"), let hours = scanner.number(digits: 2), hours < 24,
      scanner.take(":"), let minutes = scanner.number(digits: 2), minutes < 60
    else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }

  /// Writes it in UTC, with 0, 3, 6 or 9 digits after the point.
  func write(to output: inout OutputText) {
    let day = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    let secondOfDay = seconds - day * 86_400
    let date = CivilDate(days: day)
    output.append(date.year, digits: 4)
    output.append("-")
    output.append(date.month, digits: 2)
    output.append("-")
    output.append(date.day, digits: 2)
    output.append("T")
    output.append(secondOfDay / 3600, digits: 2)
    output.append(":")
    output.append(secondOfDay / 60 % 60, digits: 2)
    output.append(":")
    output.append(secondOfDay % 60, digits: 2)
    output.append(fraction: nanos)
    output.append("Z")
  }
}

/// A day of the Gregorian calendar, extended to all time.
struct CivilDate: Equatable {
  let year: Int64
  let month: Int64
  let day: Int64

  init(year: Int64, month: Int64, day: Int64) {
    self.year = year
    self.month = month
    self.day = day
  }

  // Years are counted from March, so that the leap day is a year's last, in eras of 400 years.
  private static let daysPerEra: Int64 = 146_097
  /// From the first of March of year 0 to 1970-01-01.
  private static let epochDay: Int64 = 719_468

  /// The day that is `days` after 1970-01-01.
  init(days: Int64) {
    let shifted = days + CivilDate.epochDay
    let era = (shifted >= 0 ? shifted : shifted - (CivilDate.daysPerEra - 1)) / CivilDate.daysPerEra
    let dayOfEra = shifted - era * CivilDate.daysPerEra
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01.
  var days: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * CivilDate.daysPerEra + dayOfEra - CivilDate.epochDay
  }

  static func daysOfMonth(_ month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
