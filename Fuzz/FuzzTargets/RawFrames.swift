/// What the server sent on a connection.
struct RawAnswer {
  /// More than the server writes at once, in bytes.
  static let packetBytesMax = 1 << 20
  /// The server reads no more.
  var isEnded = false
  var bytes: [UInt8] = []

  /// The frames that are there wholly.
  var frames: [(type: UInt8, flags: UInt8, stream: Int)] {
    var found: [(type: UInt8, flags: UInt8, stream: Int)] = []
    var rest = bytes[...]
    while rest.count >= RawFrames.headerBytes {
      let header = Array(rest.prefix(RawFrames.headerBytes))
      let length = RawFrames.number(header[0..<3])
      guard rest.count >= RawFrames.headerBytes + length else { break }
      found.append((header[3], header[4], RawFrames.number(header[5..<9]) & 0x7fff_ffff))
      rest = rest.dropFirst(RawFrames.headerBytes + length)
    }
    return found
  }

  /// The call on stream 1 has been answered to its end, or cut, or the connection has.
  var hasEndedCall: Bool {
    frames.contains { frame in
      switch frame.type {
      case 0, 1: frame.stream == 1 && frame.flags & RawFrames.endStream != 0
      case 3: frame.stream == 1
      default: frame.type == 7
      }
    }
  }
}

/// HTTP/2 as a client writes it, without a library that would refuse what is wrong.
enum RawFrames {
  static let headerBytes = 9
  static let endStream: UInt8 = 1
  static let endHeaders: UInt8 = 4
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// What a client sends first: the preface and its settings.
  static let greeting = preface + frame(type: 4, flags: 0, stream: 0, [])

  static func frame(type: UInt8, flags: UInt8, stream: Int, _ payload: some Collection<UInt8>) -> [UInt8] {
    bigEndian(payload.count, bytes: 3) + [type, flags] + bigEndian(stream, bytes: 4) + payload
  }

  /// HEADERS of a call on stream 1.
  static func call(
    _ path: String, _ fields: [(name: [UInt8], value: [UInt8])], contentType: String = "application/grpc"
  ) -> [UInt8] {
    let head: [(String, String)] = [
      (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "fuzz"), ("te", "trailers"),
      ("content-type", contentType),
    ]
    var block: [UInt8] = []
    for (name, value) in head { block += literal(Array(name.utf8), Array(value.utf8)) }
    for (name, value) in fields { block += literal(name, value) }
    return frame(type: 1, flags: endHeaders, stream: 1, block)
  }

  /// DATA on stream 1.
  static func data(_ bytes: some Collection<UInt8>, endsStream: Bool) -> [UInt8] {
    frame(type: 0, flags: endsStream ? endStream : 0, stream: 1, bytes)
  }

  static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  static func bigEndian(_ number: Int, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * (bytes - 1 - $0))) }
  }

  /// A field of HPACK that no table keeps (RFC 7541, section 6.2.2).
  private static func literal(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] { [0] + text(name) + text(value) }

  /// A string of HPACK, not compressed (RFC 7541, section 5.2).
  private static func text(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
    var length: [UInt8] = [127]
    var rest = bytes.count - 127
    while rest >= 128 {
      length.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return length + [UInt8(rest)] + bytes
  }
}

extension Array where Element == UInt8 {
  /// In pieces of `size` bytes, or as one when that is 0; larger pieces when there would be more than `most` of them.
  func pieces(of size: Int, most: Int) -> [ArraySlice<UInt8>] {
    if size == 0 || isEmpty { return [self[...]] }
    let step = Swift.max(size, (count + most - 1) / most)
    return stride(from: 0, to: count, by: step).map { self[$0..<Swift.min($0 + step, count)] }
  }
}
