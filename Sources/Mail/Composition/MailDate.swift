/// A date in a header field (RFC 5322, section 3.3), in UTC: `Sat, 21 Nov 2026 15:52:18 +0000`.
enum MailDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1970 began on a Thursday
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The times with a year of four digits, as the format requires.
  private static let moments: ClosedRange<Int64> = 0...253_402_300_799

  /// - Parameter seconds: since 1970-01-01 00:00 UTC, clamped to the years 1970 to 9999.
  static func text(secondsSince1970 seconds: Int64) -> String {
    let seconds = min(max(seconds, moments.lowerBound), moments.upperBound)
    let (day, rest) = (seconds / 86_400, seconds % 86_400)
    let (year, month, date) = civil(day)
    let time = [rest / 3_600, rest / 60 % 60, rest % 60].map { two($0) }.joined(separator: ":")
    return "\(days[Int(day % 7)]), \(two(date)) \(months[Int(month - 1)]) \(year) \(time) +0000"
  }

  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
  private static func civil(_ day: Int64) -> (year: Int64, month: Int64, date: Int64) {
    let shifted = day + 719_468  // days since 0000-03-01
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let date = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date)
  }

  private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
