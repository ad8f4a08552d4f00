import CProtobufC
import Glibc

extension JSONReader {
  /// Reads a string into the arena, NUL-terminated, and points `target` at it.
  mutating func string(_ target: UnsafeMutableRawPointer) throws(JSONError) {
    let text = try quoted("a string")
    guard let room = arena.allocate(text.count + 1) else { throw arenaError() }
    let copy = room.assumingMemoryBound(to: UInt8.self)
    var count = text.count
    if text.hasEscapes {
      count = try cursor.unescape(text, into: copy)
    } else {
      memcpy(copy, text.start, count)
    }
    copy[count] = 0
    target.storeBytes(of: copy, as: UnsafeMutablePointer<UInt8>.self)
  }

  /// Reads base 64 into the arena.
  mutating func bytes(_ target: UnsafeMutableRawPointer) throws(JSONError) {
    let place = cursor.next
    let text = try plain(try quoted("a string in base 64"))
    guard let room = arena.allocate(Base64.decodedCountMax(text.count)) else { throw arenaError() }
    guard let count = Base64.decode(text.bytes, into: room.assumingMemoryBound(to: UInt8.self)) else {
      throw cursor.error(.unexpected("a string in base 64"), at: place)
    }
    target.storeBytes(of: count, as: Int.self)
    (target + 8).storeBytes(of: room, as: UnsafeMutableRawPointer.self)
  }

  mutating func bool() throws(JSONError) -> Bool {
    _ = cursor.peek()
    if cursor.takeWord("true") { return true }
    if cursor.takeWord("false") { return false }
    throw cursor.error(.unexpected("true or false"))
  }

  /// Reads a whole number, in quotes or not.
  mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(JSONError) -> Integer {
    if cursor.peek() == UInt8(ascii: "\"") {
      let place = cursor.next
      return try integer(type, in: try plain(try cursor.string()), at: place)
    }
    let place = cursor.next
    guard startsNumber else { throw cursor.error(.unexpected("a number")) }
    return try integer(type, from: try cursor.number(), at: place)
  }

  /// The whole number that is all of `text`.
  private func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type, in text: JSONText, at place: UnsafePointer<UInt8>
  ) throws(JSONError) -> Integer {
    guard let number = JSONReader.number(in: text) else { throw cursor.error(.unexpected("a number"), at: place) }
    return try integer(type, from: number, at: place)
  }

  private func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type, from number: JSONNumber, at place: UnsafePointer<UInt8>
  ) throws(JSONError) -> Integer {
    guard let value = number.integer(type) else {
      let isFraction = number.wholeMagnitude == nil && number.exponent < 0
      throw cursor.error(isFraction ? .unexpected("a whole number") : .outOfRange, at: place)
    }
    return value
  }

  mutating func double() throws(JSONError) -> Double {
    let place = cursor.next
    if let word = try notFinite() { return word }
    let value = try floatingNumber().double
    guard value.isFinite else { throw cursor.error(.outOfRange, at: place) }
    return value
  }

  mutating func float() throws(JSONError) -> Float {
    let place = cursor.next
    if let word = try notFinite() { return Float(word) }
    let value = try floatingNumber().float
    guard value.isFinite else { throw cursor.error(.outOfRange, at: place) }
    return value
  }

  /// `"NaN"`, `"Infinity"` or `"-Infinity"`, if one of them comes next.
  private mutating func notFinite() throws(JSONError) -> Double? {
    guard cursor.peek() == UInt8(ascii: "\"") else { return nil }
    let before = cursor
    let text = try plain(try cursor.string())
    if text.equals("NaN") { return .nan }
    if text.equals("Infinity") { return .infinity }
    if text.equals("-Infinity") { return -.infinity }
    cursor = before
    return nil
  }

  private mutating func floatingNumber() throws(JSONError) -> JSONNumber {
    let place = cursor.next
    if cursor.peek() == UInt8(ascii: "\"") {
      let text = try plain(try cursor.string())
      guard let number = JSONReader.number(in: text) else { throw cursor.error(.unexpected("a number"), at: place) }
      return number
    }
    guard startsNumber else { throw cursor.error(.unexpected("a number")) }
    return try cursor.number()
  }

  private var startsNumber: Bool {
    guard cursor.next < cursor.end else { return false }
    let byte = cursor.next.pointee
    return byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func number(in text: JSONText) -> JSONNumber? {
    var inner = JSONCursor(text.bytes)
    guard let number = try? inner.number(), inner.next == inner.end else { return nil }
    return number
  }

  /// Reads an enum value by name or number. False when the name is unknown and may be skipped.
  mutating func enumeration(_ field: Field, _ target: UnsafeMutableRawPointer) throws(JSONError) -> Bool {
    guard cursor.peek() == UInt8(ascii: "\"") else {
      guard startsNumber else { throw cursor.error(.unexpected("a name or a number of an enum value")) }
      target.storeBytes(of: try integer(Int32.self), as: Int32.self)
      return true
    }
    let place = cursor.next
    let name = try plain(try cursor.string())
    guard let descriptor = field.pointee.c.pointee.descriptor,
      let value = EnumDescriptor(c: descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self))
        .value(named: name.bytes)
    else {
      if options.ignoresUnknown { return false }
      throw cursor.error(.unknownEnumValue, at: place)
    }
    target.storeBytes(of: value, as: Int32.self)
    return true
  }

  /// Puts a map's key, which JSON has as a string, where the entry has its key.
  func mapKey(
    _ name: JSONText, _ type: FieldType, _ target: UnsafeMutableRawPointer, at place: UnsafePointer<UInt8>
  ) throws(JSONError) {
    switch type {
    case .string:
      guard let room = arena.allocate(name.count + 1) else { throw arenaError() }
      memcpy(room, name.start, name.count)
      room.storeBytes(of: 0, toByteOffset: name.count, as: UInt8.self)
      target.storeBytes(of: room, as: UnsafeMutableRawPointer.self)
    case .bool:
      guard name.equals("true") || name.equals("false") else {
        throw cursor.error(.unexpected("\"true\" or \"false\""), at: place)
      }
      target.storeBytes(of: name.equals("true") ? 1 : 0, as: Int32.self)
    case .int32, .sint32, .sfixed32:
      target.storeBytes(of: try integer(Int32.self, in: name, at: place), as: Int32.self)
    case .uint32, .fixed32:
      target.storeBytes(of: try integer(UInt32.self, in: name, at: place), as: UInt32.self)
    case .int64, .sint64, .sfixed64:
      target.storeBytes(of: try integer(Int64.self, in: name, at: place), as: Int64.self)
    case .uint64, .fixed64:
      target.storeBytes(of: try integer(UInt64.self, in: name, at: place), as: UInt64.self)
    case .float, .double, .enumeration, .bytes, .message:
      throw cursor.error(.unexpected("a type of key that maps can have"), at: place)
    }
  }

  /// Takes a string; anything else is not what was expected.
  mutating func quoted(_ expected: String) throws(JSONError) -> JSONText {
    guard cursor.peek() == UInt8(ascii: "\"") else { throw cursor.error(.unexpected(expected)) }
    return try cursor.string()
  }
}

extension EnumDescriptor {
  /// The value with this name. Bisects the names, which are in order.
  func value(named name: UnsafeRawBufferPointer) -> Int32? {
    guard let names = c.pointee.values_by_name, let start = name.baseAddress else { return nil }
    let text = start.assumingMemoryBound(to: CChar.self)
    var low = 0
    var high = Int(c.pointee.n_value_names)
    while low < high {
      let middle = (low + high) / 2
      guard let candidate = names[middle].name else { return nil }
      let order = strncmp(candidate, text, name.count)
      if order == 0, candidate[name.count] == 0 { return c.pointee.values[Int(names[middle].index)].value }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}
