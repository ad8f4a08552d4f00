import Testing

@testable import RPC

/// The strict form of chunks: RFC 9112, section 7.1.
@Suite struct ChunkRulesTests {
  private static let long = String(repeating: "a", count: 1024)

  /// - Returns: how many bytes are of the body, or the refusal.
  private func check(_ text: String, size: Int = .max) -> Result<Int, HTTP1Refusal> {
    var rules = ChunkRules()
    let bytes = Array(text.utf8)
    return Result { () throws(HTTP1Refusal) in
      var taken = 0
      while taken < bytes.count && !rules.isComplete {
        var result: Result<Int, HTTP1Refusal> = .success(0)
        bytes[taken..<min(bytes.count, taken + min(size, bytes.count))].withUnsafeBytes { piece in
          result = Result { () throws(HTTP1Refusal) in try rules.check(piece) }
        }
        taken += try result.get()
      }
      return rules.isComplete ? taken : -1
    }
  }

  @Test(arguments: [
    ("0\r\n\r\n", 0), ("000\r\n\r\n", 0), ("5\r\nhello\r\n0\r\n\r\n", 0), ("A\r\n0123456789\r\n0\r\n\r\n", 0),
    ("5;a=b\r\nhello\r\n0;c\r\nT: x\r\n\r\n", 0), ("0\r\n\r\nGET / HTTP/1.1\r\n", 16),
    ("1\r\n\n\r\n1\r\n\r\r\n0\r\n\r\n", 0), ("0;\(long.dropLast())\r\n\r\n", 0),
  ])
  func accepts(_ text: String, _ left: Int) {
    for size in [1, 2, 3, 7, Int.max] { #expect(check(text, size: size) == .success(text.utf8.count - left)) }
  }

  @Test(arguments: [
    ("\r\n", HTTP1Refusal.malformed), (" 5\r\n", .malformed), ("5 \r\n", .malformed), ("-5\r\n", .malformed),
    ("0x5\r\n", .malformed), ("g\r\n", .malformed), ("5\nhello", .malformed), ("5\rhello", .malformed),
    ("5\r\nhello!\r\n", .malformed), ("5\r\nhello\n0\r\n\r\n", .malformed), ("5\r\nhello\r0\r\n", .malformed),
    ("123456789\r\n", .malformed), ("5;a\u{0}\r\n", .malformed), ("5;a\nb\r\n", .malformed), (";a\r\n", .malformed),
    ("0\r\nA: b\n\r\n", .malformed), ("0\r\n\rx", .malformed), ("0;\(long)a\r\n\r\n", .headersTooLarge),
    ("0\r\n\(long)a", .headersTooLarge), ("0\r\n\(String(repeating: "a: b\r\n", count: 33))\r\n", .headersTooLarge),
  ])
  func refuses(_ text: String, _ refusal: HTTP1Refusal) {
    for size in [1, 2, 3, 7, Int.max] { #expect(check(text, size: size) == .failure(refusal)) }
  }

  @Test func whatIsCutShortIsNotComplete() {
    let text = "5;a\r\nhello\r\n0\r\nT: x\r\n\r\n"
    for count in 1..<text.utf8.count {
      let start = String(decoding: text.utf8.prefix(count), as: UTF8.self)
      #expect(check(start) == .success(-1))
    }
  }
}
