package import Postgres

/// The UUID of a resource.
package struct ID: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  /// Stands where a request had no valid id; never sent anywhere.
  package static let none = ID(high: 0, low: 0)

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The id of these 128 bits.
  init(halves: (high: UInt64, low: UInt64)) { self.init(high: halves.high, low: halves.low) }

  /// Its 128 bits.
  var halves: (high: UInt64, low: UInt64) { (high, low) }

  /// The id that `text` writes in the usual form: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
  package init?(_ text: String) {
    var digits = 0
    var place = 0
    var high: UInt64 = 0
    var low: UInt64 = 0
    for byte in text.utf8 {
      defer { place += 1 }
      if place == 8 || place == 13 || place == 18 || place == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Self.digit(byte), digits < 32 else { return nil }
      if digits < 16 { high = high << 4 | digit } else { low = low << 4 | digit }
      digits += 1
    }
    guard digits == 32, place == 36 else { return nil }
    self.init(high: high, low: low)
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

extension ID {
  /// A new UUID of version 7: its first 48 bits are milliseconds since 1970, the others are random.
  package static func made(at now: Instant) -> ID {
    let milliseconds = UInt64(clamping: now.microseconds / 1_000) & 0xFFFF_FFFF_FFFF
    let (high, low) = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    return ID(high: milliseconds << 16 | 0x7000 | high & 0xFFF, low: 1 << 63 | low >> 2)
  }

  /// When an id of version 7 was made; nil of another.
  package var madeAt: Instant? {
    high >> 12 & 0xF == 7 ? Instant(clamping: Int64(high >> 16) * 1_000) : nil
  }
}

extension ID: Comparable {
  /// Compares the bytes, as Postgres does.
  package static func < (a: ID, b: ID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension ID: CustomStringConvertible {
  /// The usual form, lower case.
  package var description: String {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for place in 0..<32 {
      if place == 8 || place == 12 || place == 16 || place == 20 { text.append(UInt8(ascii: "-")) }
      let half = place < 16 ? high : low
      let nibble = UInt8(truncatingIfNeeded: half >> UInt64((15 - place % 16) * 4)) & 15
      text.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension ID: QueryValue {
  /// A `uuid`.
  package var queryBind: QueryBind { .uuid(high, low) }
}
