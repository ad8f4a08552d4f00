internal import Glibc
internal import Protobuf

/// Parses the text forms of values under ``SessionSettings``.
enum ValueParsing {
  /// A whole number; nil when it is none or does not fit.
  @inline(__always)
  static func integer(_ text: UnsafePointer<CChar>) -> Int64? {
    var next = text
    let isNegative = next.pointee == CChar(UInt8(ascii: "-"))
    if isNegative { next += 1 }
    guard next.pointee != 0 else { return nil }
    var value: Int64 = 0
    while next.pointee != 0 {
      let digit = Int64(next.pointee) &- 48
      guard digit >= 0, digit <= 9 else { return nil }
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = tenfold.subtractingReportingOverflow(digit)  // downwards: the least has no opposite
      if overflow || overflow2 { return nil }
      value = sum
      next += 1
    }
    if isNegative { return value }
    return value == .min ? nil : -value
  }

  /// A number, also `NaN` and `Infinity`; nil when it is none.
  static func double(_ text: UnsafePointer<CChar>) -> Double? {
    var end: UnsafeMutablePointer<CChar>?
    let value = strtod(text, &end)
    guard let end, end.pointee == 0, UnsafePointer(end) != text else { return nil }
    return value
  }

  /// `2026-11-21 09:51:25.25+00`, also without time or zone; nil for what is none. What lies beyond the years that a
  /// `Timestamp` has, such as `infinity`, is the first or the last moment of these.
  static func instant(_ text: UnsafePointer<CChar>) -> (seconds: Int64, nanos: Int32)? {
    let range = TimeRange.timestampSeconds
    if strcmp(text, "infinity") == 0 { return (range.upperBound, 999_999_999) }
    if strcmp(text, "-infinity") == 0 { return (range.lowerBound, 0) }
    guard let (seconds, nanos) = anyInstant(text) else { return nil }
    if seconds < range.lowerBound { return (range.lowerBound, 0) }
    return seconds > range.upperBound ? (range.upperBound, 999_999_999) : (seconds, nanos)
  }

  private static func anyInstant(_ text: UnsafePointer<CChar>) -> (seconds: Int64, nanos: Int32)? {
    var scan = TextScan(text)
    guard var year = scan.digits(), scan.take("-"), let month = scan.digits(), scan.take("-"),
      let day = scan.digits(), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var seconds: Int64 = 0
    var nanos: Int32 = 0
    if scan.take(" ") && !scan.isAtEra {
      guard let hour = scan.digits(), scan.take(":"), let minute = scan.digits(), scan.take(":"),
        let second = scan.digits()
      else { return nil }
      seconds = hour * 3600 + minute * 60 + second
      if scan.take(".") { nanos = scan.fraction() }
      if let sign = scan.sign() {
        guard let hours = scan.digits() else { return nil }
        var offset = hours * 3600
        if scan.take(":") { offset += (scan.digits() ?? 0) * 60 }
        if scan.take(":") { offset += scan.digits() ?? 0 }
        seconds -= sign * offset
      }
      _ = scan.take(" ")
    }
    if scan.takeEra() { year = 1 - year }
    guard scan.isAtEnd else { return nil }
    return (CivilDate(year: year, month: month, day: day).daysSince1970 * 86_400 + seconds, nanos)
  }

  /// The hours of Postgres's longest interval have ten digits, and as many of days fit into 64 bits as seconds.
  private static let intervalDigitsMax = 12

  /// ISO 8601 as in `P3DT4H5M6.789S`, days having 24 hours; nil for one of months or years, which have no fixed length.
  /// One that is longer than a `Duration` can be is the longest.
  static func interval(_ text: UnsafePointer<CChar>) -> (seconds: Int64, nanos: Int32)? {
    let range = TimeRange.durationSeconds
    if strcmp(text, "infinity") == 0 { return (range.upperBound, 0) }
    if strcmp(text, "-infinity") == 0 { return (range.lowerBound, 0) }
    var scan = TextScan(text)
    guard scan.take("P") else { return nil }
    var seconds: Int64 = 0
    var nanos: Int32 = 0
    var isTime = false
    while !scan.isAtEnd {
      if scan.take("T") { isTime = true }
      let sign = scan.sign() ?? 1
      guard let count = scan.digits(atMost: intervalDigitsMax) else { return nil }
      if scan.take(".") { nanos = Int32(sign) * scan.fraction() }
      let unit: Int64
      if scan.take("D") {
        unit = 86_400
      } else if isTime && scan.take("H") {
        unit = 3600
      } else if isTime && scan.take("M") {
        unit = 60
      } else if isTime && scan.take("S") {
        unit = 1
      } else if count == 0 && (scan.take("Y") || scan.take("M")) {
        continue
      } else {
        return nil
      }
      let (sum, overflow) = seconds.addingReportingOverflow(sign * count * unit)
      if overflow { return nil }
      seconds = sum
    }
    if seconds <= range.lowerBound { return (range.lowerBound, 0) }
    if seconds >= range.upperBound { return (range.upperBound, 0) }
    // Days may point one way and seconds the other; a protobuf duration has one sign.
    if seconds > 0 && nanos < 0 { return (seconds - 1, nanos + 1_000_000_000) }
    if seconds < 0 && nanos > 0 { return (seconds + 1, nanos - 1_000_000_000) }
    return (seconds, nanos)
  }
}

/// A position in a text that ends with a NUL.
struct TextScan {
  private(set) var next: UnsafePointer<CChar>

  init(_ text: UnsafePointer<CChar>) { next = text }

  var isAtEnd: Bool { next.pointee == 0 }
  var isAtEra: Bool { next.pointee == CChar(UInt8(ascii: "B")) }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next.pointee == CChar(truncatingIfNeeded: character.value) else { return false }
    next += 1
    return true
  }

  mutating func takeEra() -> Bool { take("B") && take("C") }

  /// 1 or -1 when a sign is next.
  mutating func sign() -> Int64? { take("+") ? 1 : take("-") ? -1 : nil }

  /// A number of as many digits at most; they must leave room for what the caller multiplies it with.
  mutating func digits(atMost digitsMax: Int = 9) -> Int64? {
    var value: Int64 = 0
    var count = 0
    while count < digitsMax, let digit = digit() {
      value = value * 10 + digit
      count += 1
    }
    return count > 0 ? value : nil
  }

  /// Digits after a decimal point, as billionths.
  mutating func fraction() -> Int32 {
    var value: Int64 = 0
    var scale: Int64 = 100_000_000
    while let digit = digit() {
      value += digit * scale
      scale /= 10
    }
    return Int32(value)
  }

  private mutating func digit() -> Int64? {
    let digit = Int64(next.pointee) - 48
    guard digit >= 0, digit <= 9 else { return nil }
    next += 1
    return digit
  }
}
