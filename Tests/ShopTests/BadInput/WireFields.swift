import Protobuf

/// A value of a field, as it is sent: also one that no client's library would send.
enum WireValue: Sendable {
  case text(String)
  /// Of an integer, a bool or an enum.
  case number(Int64)
  /// Of a text or a message.
  case bytes([UInt8])

  /// A message with these fields, by their numbers.
  static func message(_ fields: [(number: UInt32, value: WireValue)]) -> WireValue {
    .bytes(fields.flatMap { WireFields.encoded($0.number, $0.value) })
  }
}

/// The fields of an encoded message.
enum WireFields {
  private static let varint: UInt64 = 0
  private static let lengthDelimited: UInt64 = 2

  static func encoded(_ number: UInt32, _ value: WireValue) -> [UInt8] {
    switch value {
    case .number(let number_):
      encoded(UInt64(number) << 3 | varint) + encoded(UInt64(bitPattern: number_))
    case .text(let text):
      encoded(number, .bytes(Array(text.utf8)))
    case .bytes(let bytes):
      encoded(UInt64(number) << 3 | lengthDelimited) + encoded(UInt64(bytes.count)) + bytes
    }
  }

  /// `message` with the field at the end of `path` holding `values` alone; with none, it is not there.
  static func setting(
    _ path: ArraySlice<FieldDescriptor>, to values: [WireValue], in message: [UInt8]
  ) -> [UInt8] {
    guard let field = path.first else { return message }
    var others: [UInt8] = []
    var inner: [UInt8] = []
    for part in parts(of: message) {
      if part.number == field.number { inner += part.content } else { others += part.whole }
    }
    let own = path.count == 1 ? values : [.bytes(setting(path.dropFirst(), to: values, in: inner))]
    return others + own.flatMap { encoded(field.number, $0) }
  }

  private static func encoded(_ number: UInt64) -> [UInt8] {
    var rest = number
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// The fields as they stand, each with its number.
  static func parts(
    of message: [UInt8]
  ) -> [(number: UInt32, content: ArraySlice<UInt8>, whole: ArraySlice<UInt8>)] {
    var parts: [(UInt32, ArraySlice<UInt8>, ArraySlice<UInt8>)] = []
    var rest = message[...]
    while !rest.isEmpty {
      let start = rest.startIndex
      let tag = takeNumber(&rest)
      var content = rest
      switch tag & 7 {
      case varint: _ = takeNumber(&rest)
      case 1: rest = rest.dropFirst(8)
      case 5: rest = rest.dropFirst(4)
      default:
        let count = Int(takeNumber(&rest))
        content = rest
        rest = rest.dropFirst(count)
      }
      parts.append((UInt32(tag >> 3), content[..<rest.startIndex], message[start..<rest.startIndex]))
    }
    return parts
  }

  private static func takeNumber(_ bytes: inout ArraySlice<UInt8>) -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = bytes.popFirst() {
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    return number
  }
}
