internal import Protobuf

/// A hash that tells requests apart: 64-bit FNV-1a.
struct Fingerprint {
  /// The fingerprint so far.
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The fingerprint of nothing.
  init() {}

  /// Adds bytes and their end.
  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { add(byte) }
    add(0xff)
  }

  private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

  /// Adds all fields of an encoded message but some.
  mutating func add(fieldsOf message: [UInt8], except left: Set<Int>) {
    for (number, value) in EncodedFields(message[...]) where !left.contains(number) {
      add(String(number).utf8)
      switch value {
      case .varint(let number): add(String(number).utf8)
      case .bytes(let bytes), .fixed(let bytes): add(bytes)
      }
    }
  }
}
