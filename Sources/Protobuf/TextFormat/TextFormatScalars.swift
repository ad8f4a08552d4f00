extension TextFormatReader {
  /// Reads a value that is not a message.
  mutating func scalar(_ slot: ValueSlot) throws(TextFormatError) {
    switch slot.field.type {
    case .string: try string(slot)
    case .bytes:
      let bytes = try cursor.strings()
      guard bytes.withUnsafeBytes({ slot.copyBytes($0) }) else { throw arenaError }
    case .bool: slot.set(try bool())
    case .int32, .sint32, .sfixed32: slot.set(try integer(Int32.self))
    case .uint32, .fixed32: slot.set(try integer(UInt32.self))
    case .int64, .sint64, .sfixed64: slot.set(try integer(Int64.self))
    case .uint64, .fixed64: slot.set(try integer(UInt64.self))
    case .float: slot.set(try float(Float.self))
    case .double: slot.set(try float(Double.self))
    case .enumeration: slot.set(try enumeration(slot.field))
    case .message: break
    }
  }

  private mutating func string(_ slot: ValueSlot) throws(TextFormatError) {
    let place = cursor.position
    let bytes = try cursor.strings()
    let check = bytes.withUnsafeBytes { bytes in
      bytes.baseAddress.map { UTF8Check.check($0, count: bytes.count) } ?? .valid
    }
    switch check {
    case .invalid: throw cursor.error("invalid UTF-8", at: place)
    case .hasNUL: throw cursor.error("U+0000 in a string", at: place)
    case .valid:
      guard bytes.withUnsafeBytes({ slot.copyText($0) }) else { throw arenaError }
    }
  }

  private mutating func bool() throws(TextFormatError) -> Bool {
    let place = cursor.position
    switch cursor.numberText() {
    case "true", "True", "t", "1": return true
    case "false", "False", "f", "0": return false
    default: throw cursor.error("true or false expected", at: place)
    }
  }

  /// Reads a whole number in decimal, hexadecimal (`0x`) or octal (`0`).
  private mutating func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type
  ) throws(TextFormatError) -> Integer {
    let isNegative = cursor.take("-")
    let place = cursor.position
    guard let text = cursor.numberText(), let magnitude = TextFormatReader.magnitude(text) else {
      throw cursor.error("a whole number in range expected", at: place)
    }
    let isInRange = !isNegative || (Integer.isSigned && magnitude <= 1 << 63) || magnitude == 0
    let value = isNegative ? Integer(exactly: Int64(truncatingIfNeeded: 0 &- magnitude)) : Integer(exactly: magnitude)
    guard isInRange, let value else { throw cursor.error("number out of range", at: place) }
    return value
  }

  private static func magnitude(_ text: String) -> UInt64? {
    guard text.first?.isNumber == true else { return nil }
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return unsigned(text.dropFirst(2), radix: 16) }
    return text.hasPrefix("0") && text.count > 1 ? unsigned(text.dropFirst(), radix: 8) : unsigned(text[...], radix: 10)
  }

  private static func unsigned(_ digits: Substring, radix: Int) -> UInt64? {
    digits.hasPrefix("+") ? nil : UInt64(digits, radix: radix)
  }

  /// Reads a floating-point number, with or without the suffix `f`, or `inf` or `nan`.
  private mutating func float<Value: BinaryFloatingPoint & LosslessStringConvertible>(
    _ type: Value.Type
  ) throws(TextFormatError) -> Value {
    let isNegative = cursor.take("-")
    let place = cursor.position
    guard let text = cursor.numberText()?.lowercased() else { throw cursor.error("a number expected", at: place) }
    var magnitude: Value?
    switch text {
    case "inf", "infinity": magnitude = .infinity
    case "nan": magnitude = .nan
    default:
      let isDecimal = text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || ".e+-f".utf8.contains($0)
      }
      if isDecimal { magnitude = Value(text.hasSuffix("f") ? String(text.dropLast()) : text) }
    }
    guard let magnitude else { throw cursor.error("a number expected", at: place) }
    return isNegative ? -magnitude : magnitude
  }

  private mutating func enumeration(_ field: FieldDescriptor) throws(TextFormatError) -> Int32 {
    let place = cursor.position
    guard let name = cursor.identifier() else { return try integer(Int32.self) }
    guard let value = field.enumeration?.value(named: name) else {
      throw cursor.error("no such enum value", at: place)
    }
    return value
  }
}
