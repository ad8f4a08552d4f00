/// The fields of an encoded message, one after another, for what has no view. Ends at what is no field.
package struct EncodedFields: Sequence, IteratorProtocol {
  /// The value of a field.
  package enum Value {
    /// A number, an enum's value or a truth value.
    case varint(UInt64)
    /// A text, bytes or a message.
    case bytes(ArraySlice<UInt8>)
    /// Four or eight bytes.
    case fixed(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  /// The fields that `bytes` encode.
  package init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  package mutating func next() -> (number: Int, value: Value)? {
    guard let tag = varint(), let type = WireType(rawValue: UInt8(tag & 7)) else { return nil }
    let number = Int(tag >> 3)
    switch type {
    case .varint: return varint().map { (number, .varint($0)) }
    case .lengthDelimited:
      guard let count = varint(), count <= UInt64(rest.count) else { return nil }
      return (number, .bytes(take(Int(count))))
    case .fixed32: return rest.count < 4 ? nil : (number, .fixed(take(4)))
    case .fixed64: return rest.count < 8 ? nil : (number, .fixed(take(8)))
    }
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}

extension EncodedFields {
  /// The messages, texts or bytes that are the field of that number.
  static func messages(_ number: Int, of message: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    EncodedFields(message).compactMap { field in
      guard field.number == number, case .bytes(let bytes) = field.value else { return nil }
      return bytes
    }
  }

  /// The text that is the field of that number; empty when it is not set.
  static func text(_ number: Int, of message: ArraySlice<UInt8>) -> String {
    messages(number, of: message).last.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
