internal import Glibc
internal import Protobuf

/// Formats values as the text that Postgres reads, into memory of the caller that is large enough.
struct ValueText {
  /// Bytes that a number, a boolean, a UUID or an instant takes at most.
  static let scalarBytesMax = 40

  private var next: UnsafeMutablePointer<UInt8>

  init(at start: UnsafeMutablePointer<UInt8>) { next = start }

  /// The position of the next byte.
  var end: UnsafeMutablePointer<UInt8> { next }

  @inline(__always)
  mutating func byte(_ value: UInt8) {
    next.pointee = value
    next += 1
  }

  mutating func bytes(_ source: UnsafeBufferPointer<UInt8>) {
    guard let start = source.baseAddress else { return }
    memcpy(next, start, source.count)
    next += source.count
  }

  mutating func integer(_ value: Int64) {
    var magnitude = value.magnitude
    if value < 0 { byte(UInt8(ascii: "-")) }
    var digits = 1
    var rest = magnitude / 10
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    var position = digits
    while position > 0 {
      position -= 1
      next[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
      magnitude /= 10
    }
    next += digits
  }

  /// Appends `value` with leading zeros up to `digits` digits; it is not negative and has no more digits.
  mutating func padded(_ value: Int64, digits: Int) {
    var rest = value
    for position in (0..<digits).reversed() {
      next[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    next += digits
  }

  /// The shortest text that reads back as the same number.
  mutating func double(_ value: Double) {
    for unit in value.description.utf8 { byte(unit) }
  }

  mutating func uuid(_ high: UInt64, _ low: UInt64) {
    hex(high >> 32, digits: 8)
    byte(UInt8(ascii: "-"))
    hex(high >> 16 & 0xffff, digits: 4)
    byte(UInt8(ascii: "-"))
    hex(high & 0xffff, digits: 4)
    byte(UInt8(ascii: "-"))
    hex(low >> 48, digits: 4)
    byte(UInt8(ascii: "-"))
    hex(low & 0xffff_ffff_ffff, digits: 12)
  }

  /// `\x` and two digits a byte.
  mutating func bytea(_ value: [UInt8]) {
    byte(UInt8(ascii: "\\"))
    byte(UInt8(ascii: "x"))
    for unit in value { hex(UInt64(unit), digits: 2) }
  }

  /// The first moment of a `timestamptz`: 24 November 4714 BC. Its last one exceeds 64 bits.
  private static let earliestMicroseconds: Int64 = -210_866_803_200_000_000

  /// `2026-11-21 09:51:25.000001+00`; what lies before all that a `timestamptz` holds is the first moment that it does.
  mutating func instant(microseconds: Int64) {
    let microseconds = max(microseconds, Self.earliestMicroseconds)
    let perDay: Int64 = 86_400_000_000
    let days = (microseconds >= 0 ? microseconds : microseconds - (perDay - 1)) / perDay
    var rest = microseconds - days * perDay
    let date = CivilDate(daysSince1970: days)
    padded(date.year > 0 ? date.year : 1 - date.year, digits: date.year > 9999 || date.year < -9998 ? 6 : 4)
    byte(UInt8(ascii: "-"))
    padded(date.month, digits: 2)
    byte(UInt8(ascii: "-"))
    padded(date.day, digits: 2)
    byte(UInt8(ascii: " "))
    padded(rest / 3_600_000_000, digits: 2)
    rest %= 3_600_000_000
    byte(UInt8(ascii: ":"))
    padded(rest / 60_000_000, digits: 2)
    rest %= 60_000_000
    byte(UInt8(ascii: ":"))
    padded(rest / 1_000_000, digits: 2)
    byte(UInt8(ascii: "."))
    padded(rest % 1_000_000, digits: 6)
    for unit in (date.year > 0 ? "+00" : "+00 BC").utf8 { byte(unit) }
  }

  private mutating func hex(_ value: UInt64, digits: Int) {
    for position in (0..<digits).reversed() {
      let nibble = UInt8(truncatingIfNeeded: value >> UInt64(4 * position)) & 0xf
      byte(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
    }
  }
}

extension QueryBind {
  /// Its text as an array; for where speed does not matter.
  var textForm: [UInt8] {
    if case .text(let text) = form { return text.withUTF8 { Array($0) } }
    let room = textBytesMax
    return [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      var text = ValueText(at: start)
      write(to: &text)
      count = text.end - start
    }
  }

  /// Room that its text needs at most, without the NUL; a `Text` is not copied and needs none.
  @inline(__always)
  var textBytesMax: Int {
    switch form {
    case .null, .text: 0
    case .bool, .integer, .double, .uuid, .instant: ValueText.scalarBytesMax
    case .string(let value): value.utf8.count
    case .bytes(let value): 2 + 2 * value.count
    }
  }

  /// Writes its text, without a NUL.
  @inline(__always)
  func write(to text: inout ValueText) {
    switch form {
    case .null, .text: break
    case .bool(let value): text.byte(UInt8(ascii: value ? "t" : "f"))
    case .integer(let value): text.integer(value)
    case .double(let value): text.double(value)
    case .string(var value): value.withUTF8 { text.bytes($0) }
    case .uuid(let high, let low): text.uuid(high, low)
    case .bytes(let value): text.bytea(value)
    case .instant(let microseconds): text.instant(microseconds: microseconds)
    }
  }
}
