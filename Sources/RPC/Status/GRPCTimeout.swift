/// The `grpc-timeout` header: at most 8 digits and a unit.
///
/// Source: `grpc/doc/PROTOCOL-HTTP2.md`, Timeout.
enum GRPCTimeout {
  /// Nanoseconds, or nil when the bytes are no timeout. What 64 bits cannot hold is as good as for ever.
  static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
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
    return overflow ? .max / 2 : value
  }

  /// The shortest unit that holds it in 8 digits.
  static func format(nanoseconds: Int64) -> String {
    var amount = max(0, nanoseconds)
    for unit in ["n", "u", "m"] {
      if amount < 100_000_000 { return "\(amount)\(unit)" }
      amount = (amount + 999) / 1000
    }
    if amount < 100_000_000 { return "\(amount)S" }
    return "\(min(amount / 3600, 99_999_999))H"
  }
}
