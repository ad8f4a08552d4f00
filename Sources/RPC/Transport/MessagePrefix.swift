internal import Glibc

/// gRPC's length-prefixed messages: a flag for compression, four bytes of length, the message.
///
/// Source: `grpc/doc/PROTOCOL-HTTP2.md`, Length-Prefixed-Message.
extension ByteBuffer {
  static let prefixBytes = 5
  /// The first byte of a compressed message's prefix; 0 for other messages.
  static let compressedFlag: UInt8 = 1

  /// Bytes that the message at the front says it has, once its prefix is there.
  var declaredLength: Int? {
    guard count >= Self.prefixBytes else { return nil }
    let prefix = start
    return Int(prefix[1]) << 24 | Int(prefix[2]) << 16 | Int(prefix[3]) << 8 | Int(prefix[4])
  }

  /// Length of the message at the front if all of it is there.
  var completeLength: Int? {
    guard let length = declaredLength, count >= Self.prefixBytes + length else { return nil }
    return length
  }

  /// Whether the message at the front is compressed.
  var isCompressed: Bool { start[0] != 0 }

  /// The message at the front, which must be complete.
  func message(_ length: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: UnsafeRawPointer(start + Self.prefixBytes), count: length)
  }

  /// A prefix alone.
  static func prefix(flags: UInt8, count: Int) -> [UInt8] {
    [flags] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
  }

  /// Fills in the prefix at the front for the bytes after it.
  mutating func completePrefix(isCompressed: Bool) {
    let length = count - Self.prefixBytes
    start[0] = isCompressed ? 1 : 0
    for byte in 0..<4 { start[1 + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * byte)) }
  }

  /// The same as `append(message:)` for an array.
  mutating func append(message: [UInt8]) { message.withUnsafeBytes { append(message: $0) } }

  /// Appends an uncompressed message with its prefix.
  mutating func append(message: UnsafeRawBufferPointer) {
    let target = reserve(Self.prefixBytes + message.count)
    target[0] = 0
    for byte in 0..<4 { target[1 + byte] = UInt8(truncatingIfNeeded: message.count >> (24 - 8 * byte)) }
    if let source = message.baseAddress { memcpy(target + Self.prefixBytes, source, message.count) }
    claim(Self.prefixBytes + message.count)
  }
}
