/// Checks the request line and the header fields before the parser sees them.
///
/// Debian's http-parser is built lenient: it accepts blanks in names, folded lines and lone carriage returns. Input
/// that two programs may read differently can hide a request in another one (RFC 9112, section 11.2), so it is refused
/// here.
enum HTTP1Head {
  /// Carriage return and line feed, which end a line.
  static let lineEnd: (UInt8, UInt8) = (13, 10)

  /// The end of the head that begins at `start`, including its empty line; nil when more bytes are needed.
  /// - Parameter searched: bytes in which no end was found before.
  static func end(of bytes: UnsafeRawBufferPointer, searched: Int) throws(HTTP1Refusal) -> Int? {
    for index in searched..<bytes.count where bytes[index] == lineEnd.1 {
      // A line feed alone ends nothing: the rest of such a head need not be waited for.
      guard index > 0, bytes[index - 1] == lineEnd.0 else { throw .malformed }
      if index >= 3, bytes[index - 2] == lineEnd.1 { return index + 1 }
    }
    return nil
  }

  /// Checks a whole head, from the request line to the empty line.
  static func check(_ head: UnsafeRawBufferPointer, limits: RPCLimits) throws(HTTP1Refusal) {
    var rest = head[...]
    try requestLine(try line(&rest), limits)
    var count = 0
    var bytes = 0
    while true {
      let field = try line(&rest)
      if field.isEmpty { break }
      count += 1
      bytes += field.count + 32
      if count > limits.headerCountMax || bytes > limits.headerBytesMax { throw .headersTooLarge }
      try check(field: field)
    }
    if !rest.isEmpty { throw .malformed }
  }

  /// The next line without its end; a carriage return or a line feed alone ends nothing and is refused.
  private static func line(
    _ rest: inout Slice<UnsafeRawBufferPointer>
  ) throws(HTTP1Refusal) -> Slice<UnsafeRawBufferPointer> {
    guard let feed = rest.firstIndex(of: lineEnd.1), feed > rest.startIndex, rest[feed - 1] == lineEnd.0 else {
      throw .malformed
    }
    let line = rest[rest.startIndex..<(feed - 1)]
    rest = rest[(feed + 1)...]
    if line.contains(lineEnd.0) { throw .malformed }
    return line
  }

  /// `METHOD target HTTP/1.x`, one blank between them.
  private static func requestLine(
    _ line: Slice<UnsafeRawBufferPointer>, _ limits: RPCLimits
  ) throws(HTTP1Refusal) {
    let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(HTTPToken.allows) else { throw .malformed }
    guard !parts[1].isEmpty, parts[1].allSatisfy({ (0x21...0x7e).contains($0) }) else { throw .malformed }
    if parts[1].count > limits.headerBytesMax { throw .targetTooLong }
    guard parts[2].starts(with: "HTTP/".utf8), parts[2].count == 8 else { throw .malformed }
    guard parts[2].starts(with: "HTTP/1.1".utf8) || parts[2].starts(with: "HTTP/1.0".utf8) else { throw .version }
  }

  /// Checks `name: value`: the name is a token, the colon follows it directly, the value has no control characters.
  private static func check(field: Slice<UnsafeRawBufferPointer>) throws(HTTP1Refusal) {
    guard let colon = field.firstIndex(of: UInt8(ascii: ":")), colon > field.startIndex else { throw .malformed }
    guard field[field.startIndex..<colon].allSatisfy(HTTPToken.allows) else { throw .malformed }
    for byte in field[(colon + 1)...] where byte < 0x20 && byte != 9 || byte == 0x7f { throw .malformed }
  }
}
