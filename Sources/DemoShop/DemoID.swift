/// The kind of resource that an id names. Each kind has ids of its own.
enum DemoKind: UInt64 {
  case seller = 1
  case category, product, variant, image, collection
}

/// A UUID of version 7 that is the same in every demo shop: its time follows from its index, the rest is pseudo-random.
struct DemoID: Equatable {
  private let high: UInt64
  private let low: UInt64

  /// 2024-01-01 00:00 UTC, in milliseconds since 1970.
  private static let firstMs: UInt64 = 1_704_067_200_000

  init(_ kind: DemoKind, _ index: Int) {
    var random = SplitMix64(seed: 0xfa57_5409, stream: kind.rawValue, index: index)
    high = (Self.firstMs + UInt64(index)) << 16 | 0x7000 | random.next() & 0x0fff
    low = 0x8000_0000_0000_0000 | random.next() >> 2
  }

  /// Appends the usual form, 36 characters.
  func write(to text: inout [UInt8]) {
    Self.write(high >> 32, digits: 8, to: &text)
    text.append(UInt8(ascii: "-"))
    Self.write(high >> 16 & 0xffff, digits: 4, to: &text)
    text.append(UInt8(ascii: "-"))
    Self.write(high & 0xffff, digits: 4, to: &text)
    text.append(UInt8(ascii: "-"))
    Self.write(low >> 48, digits: 4, to: &text)
    text.append(UInt8(ascii: "-"))
    Self.write(low & 0xffff_ffff_ffff, digits: 12, to: &text)
  }

  private static func write(_ value: UInt64, digits: Int, to text: inout [UInt8]) {
    for digit in stride(from: digits - 1, through: 0, by: -1) {
      let nibble = UInt8(truncatingIfNeeded: value >> UInt64(digit * 4)) & 15
      text.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
    }
  }
}

extension DemoID: CustomStringConvertible {
  var description: String {
    var text: [UInt8] = []
    write(to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}
