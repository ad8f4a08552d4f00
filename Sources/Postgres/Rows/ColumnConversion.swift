internal import Glibc
internal import Protobuf

/// The conversions that most columns have, which are done without further ado.
enum PlainScalar: UInt8, BitwiseCopyable {
  case text, int64, int32, other
}

/// How a column's text becomes a field's value.
enum ColumnConversion {
  case text
  case int32, int64, uint32, uint64
  case float, double
  case bool
  case enumNumber
  case enumLabel(EnumLabels)
  case bytes
  case instant(SecondsAndNanos)
  case interval(SecondsAndNanos)
  case json
  indirect case array(ColumnConversion)

  var plainScalar: PlainScalar {
    switch self {
    case .text: .text
    case .int64: .int64
    case .int32, .enumNumber: .int32
    default: .other
    }
  }

  /// Where `google.protobuf.Timestamp` and `Duration` have their parts.
  struct SecondsAndNanos {
    let type: MessageDescriptor
    let seconds: Int
    let nanos: Int

    init?(_ type: MessageDescriptor) {
      guard let seconds = type.field(named: "seconds"), let nanos = type.field(named: "nanos") else { return nil }
      self.type = type
      self.seconds = seconds.layout.pointee.offset
      self.nanos = nanos.layout.pointee.offset
    }
  }

  /// What stands in the way of a value.
  enum Failure: Error, Equatable {
    case unfit
    case json(String)
    case arenaFull
  }

  static func int64(_ text: UnsafePointer<CChar>) throws(Failure) -> Int64 {
    guard let value = ValueParsing.integer(text) else { throw .unfit }
    return value
  }

  static func int32(_ text: UnsafePointer<CChar>) throws(Failure) -> Int32 {
    guard let value = Int32(exactly: try int64(text)) else { throw .unfit }
    return value
  }

  /// Writes one value where the field, or the element of a repeated one, is. Strings are pointed at.
  @inline(__always)
  func store(_ text: UnsafePointer<CChar>, at place: UnsafeMutableRawPointer, in arena: Arena) throws(Failure) {
    switch self {
    case .text: place.storeBytes(of: text, as: UnsafePointer<CChar>.self)
    case .int64: place.storeBytes(of: try Self.int64(text), as: Int64.self)
    case .int32, .enumNumber: place.storeBytes(of: try Self.int32(text), as: Int32.self)
    case .bool: place.storeBytes(of: try fit(Self.bool(text)), as: Int32.self)
    case .double: place.storeBytes(of: try fit(ValueParsing.double(text)), as: Double.self)
    default: try storeOther(text, at: place, in: arena)
    }
  }

  private func storeOther(
    _ text: UnsafePointer<CChar>, at place: UnsafeMutableRawPointer, in arena: Arena
  ) throws(Failure) {
    switch self {
    case .uint32:
      place.storeBytes(of: try fit(ValueParsing.integer(text).flatMap { UInt32(exactly: $0) }), as: UInt32.self)
    case .uint64:
      let value = ValueParsing.integer(text).flatMap { UInt64(exactly: $0) } ?? UInt64(String(cString: text))
      place.storeBytes(of: try fit(value), as: UInt64.self)
    case .float: place.storeBytes(of: Float(try fit(ValueParsing.double(text))), as: Float.self)
    case .enumLabel(let labels): place.storeBytes(of: try fit(labels.value(text)), as: Int32.self)
    case .bytes: try Self.storeBytes(text, at: place, in: arena)
    case .instant(let parts): try Self.store(try fit(ValueParsing.instant(text)), parts, at: place, in: arena)
    case .interval(let parts): try Self.store(try fit(ValueParsing.interval(text)), parts, at: place, in: arena)
    default: throw .unfit
    }
  }

  @inline(__always)
  private func fit<Value>(_ value: Value?) throws(Failure) -> Value {
    guard let value else { throw .unfit }
    return value
  }

  private static func bool(_ text: UnsafePointer<CChar>) -> Int32? {
    guard text[0] != 0, text[1] == 0 else { return nil }
    if text[0] == CChar(UInt8(ascii: "t")) { return 1 }
    return text[0] == CChar(UInt8(ascii: "f")) ? 0 : nil
  }

  private static func store(
    _ value: (seconds: Int64, nanos: Int32), _ parts: SecondsAndNanos, at place: UnsafeMutableRawPointer,
    in arena: Arena
  ) throws(Failure) {
    guard let message = parts.type.makeWithinLimit(in: arena) else { throw .arenaFull }
    message.pointer.storeBytes(of: value.seconds, toByteOffset: parts.seconds, as: Int64.self)
    message.pointer.storeBytes(of: value.nanos, toByteOffset: parts.nanos, as: Int32.self)
    place.storeBytes(of: message.pointer, as: UnsafeMutableRawPointer.self)
  }

  /// From `\x0aff`.
  private static func storeBytes(
    _ text: UnsafePointer<CChar>, at place: UnsafeMutableRawPointer, in arena: Arena
  ) throws(Failure) {
    let length = strlen(text)
    guard length >= 2, length % 2 == 0, text[0] == CChar(UInt8(ascii: "\\")), text[1] == CChar(UInt8(ascii: "x"))
    else { throw .unfit }
    let count = Int(length) / 2 - 1
    guard let bytes = arena.allocate(max(1, count)) else { throw .arenaFull }
    for index in 0..<count {
      guard let high = nibble(text[2 + 2 * index]), let low = nibble(text[3 + 2 * index]) else { throw .unfit }
      bytes.storeBytes(of: high << 4 | low, toByteOffset: index, as: UInt8.self)
    }
    place.storeBytes(of: count, as: Int.self)
    place.storeBytes(of: count == 0 ? nil : UnsafeRawPointer(bytes), toByteOffset: 8, as: UnsafeRawPointer?.self)
  }

  private static func nibble(_ digit: CChar) -> UInt8? {
    switch UInt8(bitPattern: digit) {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt8(bitPattern: digit) - 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt8(bitPattern: digit) - 87
    default: nil
    }
  }
}
