/// A span of time as proto3 JSON writes it: `1.5s`, `-0.250s`.
struct DurationText: Equatable {
  let seconds: Int64
  /// ±999,999,999, of the same sign as `seconds`.
  let nanos: Int32

  /// About 10,000 years either way.
  static let secondsMax: Int64 = 315_576_000_000

  /// Nil if out of range or of mixed signs.
  init?(seconds: Int64, nanos: Int32) {
    guard -DurationText.secondsMax...DurationText.secondsMax ~= seconds, -999_999_999...999_999_999 ~= nanos,
      seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0)
    else { return nil }
    self.seconds = seconds
    self.nanos = nanos
  }

  /// Nil if `text` is no duration.
  init?(_ text: UnsafeRawBufferPointer) {
    var scanner = AsciiScanner(text)
    let isNegative = scanner.take("-")
    guard let seconds = scanner.number(digitsMax: 12), let nanos = scanner.nanoseconds(), scanner.take("s"),
      scanner.isAtEnd
    else { return nil }
    self.init(seconds: isNegative ? -seconds : seconds, nanos: isNegative ? -nanos : nanos)
  }

  /// Writes it with 0, 3, 6 or 9 digits after the point.
  func write(to output: inout OutputText) {
    if seconds < 0 || nanos < 0 { output.append("-") }
    output.append(seconds.magnitude)
    output.append(fraction: Int32(nanos.magnitude))
    output.append("s")
  }
}
