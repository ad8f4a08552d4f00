/// The `grpc-timeout` header: at most 8 digits and a unit.
///
/// Source: `grpc/doc/PROTOCOL-HTTP2.md`, Timeout.
package enum GRPCTimeout {
  /// In effect for ever, in nanoseconds (146 years): the current time plus this fits 64 bits.
  package static let longest = Int64.max / 2
  private static let amountMax: Int64 = 99_999_999
  private static let units: [(letter: Character, nanoseconds: Int64)] = [
    ("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000), ("M", 60_000_000_000), ("H", 3_600_000_000_000),
  ]

  /// Nanoseconds, or nil when the bytes are no timeout; ``longest`` at most.
  package static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard (2...9).contains(bytes.count) else { return nil }
    var amount: Int64 = 0
    for byte in bytes.dropLast() {
      guard (0x30...0x39).contains(byte) else { return nil }
      amount = amount * 10 + Int64(byte - 0x30)
    }
    let unit: Int64
    switch bytes[bytes.count - 1] {
    case UInt8(ascii: "H"): unit = 3_600_000_000_000
    case UInt8(ascii: "M"): unit = 60_000_000_000
    case UInt8(ascii: "S"): unit = 1_000_000_000
    case UInt8(ascii: "m"): unit = 1_000_000
    case UInt8(ascii: "u"): unit = 1_000
    case UInt8(ascii: "n"): unit = 1
    default: return nil
    }
    let (value, overflow) = amount.multipliedReportingOverflow(by: unit)
    return overflow ? longest : min(value, longest)
  }

  /// In the smallest unit that holds it in 8 digits, rounded up: the server must not give up before its caller does.
  package static func format(nanoseconds: Int64) -> String {
    let nanoseconds = max(0, nanoseconds)
    for (letter, unit) in units {
      let amount = nanoseconds / unit + (nanoseconds % unit > 0 ? 1 : 0)
      if amount <= amountMax { return "\(amount)\(letter)" }
    }
    return "\(amountMax)H"
  }
}
