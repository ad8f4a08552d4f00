/// Reads the headers of HTTP/2's frames before nghttp2 does. nghttp2 does not report frames that it ignores, and floods
/// consist of such frames.
///
/// Source: RFC 9113, section 4.1.
struct FrameScanner {
  /// The header of a frame, with the pad length of DATA.
  struct Head {
    let length: Int
    let type: UInt8
    let flags: UInt8
    /// Bytes of padding, and the byte that counts them.
    let padding: Int
  }

  /// `PRI * HTTP/2.0` and so on, which comes before the first frame.
  private static let prefaceBytes = 24
  private static let headBytes = 9
  private static let dataType: UInt8 = 0
  private static let paddedFlag: UInt8 = 0x8

  /// Bytes to pass over before the next head.
  private var skip = prefaceBytes
  /// A head of which only some bytes have come.
  private var part: [UInt8] = []

  /// Whether the other side has begun a frame that it has not ended.
  var isMidFrame: Bool { skip > 0 || !part.isEmpty }

  init() { part.reserveCapacity(Self.headBytes + 1) }

  /// Calls `visit` with each head that is complete, in order, until it returns false.
  @inline(__always)
  mutating func scan(_ bytes: UnsafeRawBufferPointer, _ visit: (Head) -> Bool) {
    var at = 0
    while true {
      let passed = min(skip, bytes.count - at)
      skip -= passed
      at += passed
      if at == bytes.count { return }
      if part.isEmpty && bytes.count - at > Self.headBytes {
        let (head, used) = Self.head(UnsafeRawBufferPointer(rebasing: bytes[at...]))
        at += used
        skip = head.length - (used - Self.headBytes)
        if !visit(head) { return }
      } else {
        part.append(bytes[at])
        at += 1
        guard let (head, used) = completed() else { continue }
        part.removeAll(keepingCapacity: true)
        skip = head.length - (used - Self.headBytes)
        if !visit(head) { return }
      }
    }
  }

  private func completed() -> (Head, used: Int)? {
    guard part.count >= Self.headBytes else { return nil }
    return part.withUnsafeBytes { bytes in
      let waitsForPadding = bytes.count == Self.headBytes && Self.hasPadding(bytes)
      return waitsForPadding ? nil : Self.head(bytes)
    }
  }

  @inline(__always)
  private static func hasPadding(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes[3] == dataType && bytes[4] & paddedFlag != 0 && bytes[0] | bytes[1] | bytes[2] != 0
  }

  /// The frame head at the front of `bytes`, and its length: nine bytes, and one more with padding.
  @inline(__always)
  private static func head(_ bytes: UnsafeRawBufferPointer) -> (Head, used: Int) {
    let length = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
    let isPadded = hasPadding(bytes)
    let padding = isPadded ? Int(bytes[headBytes]) + 1 : 0
    let head = Head(length: length, type: bytes[3], flags: bytes[4], padding: padding)
    return (head, headBytes + (isPadded ? 1 : 0))
  }
}
