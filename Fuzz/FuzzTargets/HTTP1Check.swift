/// Whatever a client of HTTP/1.1 sends, the server lives, the connection ends, and nothing is left of it. What it says
/// is HTTP/1.1, answer after answer; the last may be cut short, as the client ends the connection.
enum HTTP1Check {
  private static let server = FuzzServer()
  private static let piecesMax = 64
  private static let lineEnd = Array("\r\n".utf8)
  private static var statusLine: Regex<Substring> { #/HTTP\/1\.1 [1-5][0-9]{2} [A-Za-z ]+/# }

  static func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let session = Array(input.dropFirst())
    let answer = server.converse(session.pieces(of: Int(first), most: piecesMax)) { _ in true }
    // Of HTTP/2's preface a part is enough for the server to answer in HTTP/2; answers to HEAD end before their bodies.
    if session.starts(with: RawFrames.preface.prefix(16)) || find(Array("HEAD ".utf8), in: session[...]) != nil {
      return
    }
    var rest = answer.bytes[...]
    while !rest.isEmpty, let behind = skipAnswer(rest) { rest = behind }
  }

  /// - Returns: what stands behind the first answer; nil when it is not whole.
  private static func skipAnswer(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let end = find(lineEnd + lineEnd, in: bytes) else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    mustHold(lines[0].wholeMatch(of: statusLine) != nil, "an answer begins with no line of HTTP")
    mustHold(lines.dropFirst().allSatisfy { !$0.contains { $0.isNewline } && $0.contains(": ") }, "no header field")
    let body = bytes[(end + 4)...]
    let status = lines[0].dropFirst(9).prefix(3)
    if ["100", "204", "304"].contains(status) { return body }
    if let field = lines.first(where: { $0.hasPrefix("content-length: ") }) {
      guard let count = Int(field.dropFirst(16)) else { return fail("the length of an answer is no number") }
      mustHold(!lines.contains("transfer-encoding: chunked"), "an answer has a length and chunks")
      return body.count >= count ? body.dropFirst(count) : nil
    }
    if lines.contains("connection: close") && !lines.contains("transfer-encoding: chunked") { return nil }
    mustHold(lines.contains("transfer-encoding: chunked"), "an answer says not where it ends")
    return skipChunks(body)
  }

  private static func skipChunks(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var rest = bytes
    while let end = find(lineEnd, in: rest) {
      guard let count = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16) else {
        return fail("the size of a chunk is no number")
      }
      guard rest[(end + 2)...].count >= count + 2 else { return nil }
      let data = rest[(end + 2)...]
      mustHold(data.dropFirst(count).starts(with: lineEnd), "a chunk does not end where it says")
      rest = data.dropFirst(count + 2)
      if count == 0 { return rest }
    }
    return nil
  }

  private static func find(_ text: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    bytes.indices.first { bytes[$0...].starts(with: text) }
  }

  private static func fail(_ problem: String) -> ArraySlice<UInt8>? {
    mustHold(false, problem)
    return nil
  }
}
