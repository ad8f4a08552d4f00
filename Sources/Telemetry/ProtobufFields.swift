/// Writes protobuf's wire format, field by field.
///
/// OTLP has a recursive message, which protobuf-c would unpack without a depth limit, so our generated code leaves OTLP
/// out. We only write its messages, with a few fields each.
struct ProtobufFields {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ field: UInt32, _ value: UInt64) {
    tag(field, 0)
    append(varint: value)
  }

  mutating func fixed64(_ field: UInt32, _ value: UInt64) {
    tag(field, 1)
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
  }

  mutating func fixed32(_ field: UInt32, _ value: UInt32) {
    tag(field, 5)
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  mutating func bytes(_ field: UInt32, _ value: some Collection<UInt8>) {
    tag(field, 2)
    append(varint: UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// A number's bytes, the most significant first.
  mutating func bytes(_ field: UInt32, bigEndian numbers: UInt64...) {
    bytes(field, numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) } })
  }

  mutating func text(_ field: UInt32, _ value: String) { bytes(field, Array(value.utf8)) }

  mutating func message(_ field: UInt32, _ write: (inout ProtobufFields) -> Void) {
    var inner = ProtobufFields()
    write(&inner)
    bytes(field, inner.bytes)
  }

  private mutating func tag(_ field: UInt32, _ wireType: UInt32) { append(varint: UInt64(field << 3 | wireType)) }

  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
