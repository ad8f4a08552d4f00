/// A number in a log, with a fixed number of decimal places.
public struct LogNumber: CustomStringConvertible, Sendable, Equatable {
  /// A decimal number, as JSON writes it.
  public let description: String

  /// Milliseconds with three decimals; negative numbers become zero.
  public init(millisecondsOf nanoseconds: Int64) {
    let micros = max(0, nanoseconds) / 1_000
    let rest = String(micros % 1_000)
    description = "\(micros / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}
