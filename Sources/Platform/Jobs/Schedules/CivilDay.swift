/// A day of the Gregorian calendar.
struct CivilDay: Sendable, Equatable {
  static let monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
  static let seconds: Int64 = 86_400

  /// Days since 1970-01-01.
  let number: Int
  /// From 1.
  let month: Int
  /// From 1.
  let day: Int

  /// From 0 for Sunday.
  var weekday: Int { (number % 7 + 11) % 7 }

  /// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
  init(number: Int) {
    self.number = number
    let shifted = number + 719_468  // from 0000-03-01
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  }

  /// The day that a count of seconds since 1970 falls on.
  init(seconds: Int64) {
    let number = seconds >= 0 ? seconds / Self.seconds : (seconds - Self.seconds + 1) / Self.seconds
    self.init(number: Int(number))
  }
}
