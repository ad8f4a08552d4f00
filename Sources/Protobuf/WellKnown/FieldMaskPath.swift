/// The paths of a FieldMask: `price.amount_minor` in the message, `price.amountMinor` in JSON; `*` for all fields.
enum FieldMaskPath {
  /// Writes a path in lowerCamelCase. False if reading it back would give another path.
  static func writeCamelCase(_ path: UnsafeRawBufferPointer, to output: inout OutputText) -> Bool {
    var isAfterUnderscore = false
    for byte in path {
      if isAfterUnderscore {
        guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) else { return false }
        output.append(byte - 32)
        isAfterUnderscore = false
      } else if byte == UInt8(ascii: "_") {
        isAfterUnderscore = true
      } else {
        guard !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte), isPathByte(byte) else { return false }
        output.append(byte)
      }
    }
    return !isAfterUnderscore
  }

  /// Turns lowerCamelCase into the names of .proto files. `target` has room for twice the bytes. Nil if the path has
  /// an underscore or another byte that does not belong.
  static func snakeCase(_ path: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<UInt8>) -> Int? {
    var written = 0
    for byte in path {
      guard byte != UInt8(ascii: "_"), isPathByte(byte) else { return nil }
      if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) {
        target[written] = UInt8(ascii: "_")
        target[written + 1] = byte + 32
        written += 2
      } else {
        target[written] = byte
        written += 1
      }
    }
    return written
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "*"):
      true
    default: false
    }
  }
}
