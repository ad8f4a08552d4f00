import Testing

@testable import RPC

/// What a request of HTTP/1.1 is read as, or refused with, however it comes in pieces.
@Suite struct HTTP1ParserTests {
  /// All that a parser said about some bytes.
  struct Reading: Equatable {
    var fields: [String] = []
    var body: [UInt8] = []
    var heads: [HTTP1Parser.Head] = []
    var ends = 0
    var refusal: HTTP1Refusal?
    /// Bytes that it left for the next request.
    var left = 0
  }

  private final class Recorder: HTTP1RequestReceiver {
    var reading = Reading()

    func received(header name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
      reading.fields.append("\(String(decoding: name, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))")
    }
    func receivedHead(_ head: HTTP1Parser.Head) { reading.heads.append(head) }
    func received(body: UnsafeRawBufferPointer) { reading.body += body }
    func receivedEnd() { reading.ends += 1 }
  }

  /// Reads one request of `text`, in pieces of `size` bytes.
  private func read(_ text: String, size: Int = .max, limits: RPCLimits = RPCLimits()) -> Reading {
    let parser = HTTP1Parser(limits: limits)
    let recorder = Recorder()
    let bytes = Array(text.utf8)
    var taken = 0
    do throws(HTTP1Refusal) {
      var end = 0
      while taken < bytes.count && !parser.isComplete {
        end = min(bytes.count, max(end, taken) + min(size, bytes.count))
        taken += try take(Array(bytes[taken..<end]), parser, recorder)
      }
      recorder.reading.left = bytes.count - taken
    } catch {
      recorder.reading.refusal = error
    }
    return recorder.reading
  }

  private func take(_ piece: [UInt8], _ parser: HTTP1Parser, _ recorder: Recorder) throws(HTTP1Refusal) -> Int {
    var result: Result<Int, HTTP1Refusal> = .success(0)
    piece.withUnsafeBytes { bytes in
      result = Result { () throws(HTTP1Refusal) in try parser.take(bytes, to: recorder) }
    }
    return try result.get()
  }

  private static let post = "POST /a.B/C HTTP/1.1\r\nHost: shop\r\nContent-Type:\tapplication/json \r\n"

  @Test func aRequestBecomesFieldsAsHTTP2HasThem() {
    let reading = read("\(Self.post)X-Own:  a  b  \r\nX-Empty:\r\nContent-Length: 2\r\n\r\n{}GET")
    #expect(
      reading.fields == [
        ":method=POST", ":path=/a.B/C", "content-type=application/json", "x-own=a  b", "x-empty=", "content-length=2",
        ":authority=shop",
      ])
    #expect(reading.heads == [HTTP1Parser.Head(hasBody: true)])
    #expect(String(decoding: reading.body, as: UTF8.self) == "{}")
    #expect(reading.ends == 1 && reading.left == 3 && reading.refusal == nil)
  }

  @Test func fieldsOfTheConnectionAloneAreKeptBack() {
    let reading = read(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTE: trailers\r\nUpgrade: h2c\r\nKeep-Alive: 5\r\n"
        + "HTTP2-Settings: A\r\nProxy-Connection: close\r\nTrailer: x\r\nExpect: 100-continue\r\n\r\n")
    #expect(reading.fields == [":method=GET", ":path=/", ":authority=a"])
    #expect(reading.heads == [HTTP1Parser.Head(keepsAlive: false, expectsContinue: true)])
    #expect(reading.ends == 1)
  }

  @Test func chunksBecomeTheirBody() {
    let reading = read(
      "\(Self.post)Transfer-Encoding: Chunked\r\n\r\n3;a=\"b\"\r\n{\"a\r\n00004\r\n\":1}\r\n"
        + "0\r\nX-Trailer: b\r\n\r\nmore")
    #expect(String(decoding: reading.body, as: UTF8.self) == "{\"a\":1}")
    #expect(reading.ends == 1 && reading.left == 4)
    #expect(!reading.fields.contains { $0.hasPrefix("x-trailer") })
  }

  @Test(arguments: [
    ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
    ("HTTP/1.1", "Connection: x, Close\r\n", false), ("HTTP/1.0", "", false),
    ("HTTP/1.0", "Connection: keep-alive\r\n", true),
  ])
  func whetherTheConnectionGoesOn(_ version: String, _ field: String, _ keepsAlive: Bool) {
    let reading = read("GET / \(version)\r\nHost: a\r\n\(field)\r\n")
    #expect(reading.heads.map(\.keepsAlive) == [keepsAlive])
    #expect(reading.heads.map(\.isVersion10) == [version == "HTTP/1.0"])
  }

  @Test(arguments: [
    ("/a?b=c", "/a?b=c"), ("http://shop/a", "/a"), ("https://shop:8443/a?b", "/a?b"), ("http://shop?b", "/?b"),
    ("http://shop", "/"), ("*", "*"),
  ])
  func aTargetIsAPath(_ target: String, _ path: String) {
    #expect(read("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n").fields.contains(":path=\(path)"))
  }

  private static let whole = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET / HTTP/1.0\r\n\r\n",
    "\(post)Content-Length: 5\r\n\r\nhello",
    "\(post)Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\nC: d\r\n\r\n",
    "\(post)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n",
  ]
  private static let refused: [(String, HTTP1Refusal)] = [
    ("\(post)Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", .malformed),
    ("\(post)Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .malformed),
    ("\(post)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .notImplemented),
    ("\(post)Transfer-Encoding: gzip\r\n\r\n", .notImplemented),
    ("\(post)Transfer-Encoding : chunked\r\n\r\n", .malformed),
    ("\(post) folded\r\n\r\n", .malformed),
    ("GET / HTTP/1.1\nHost: a\n\n", .malformed),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .malformed),
    ("GET / HTTP/1.1\r\n\r\n", .malformed),
    ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", .version),
    ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .malformed),
    ("G{T / HTTP/1.1\r\nHost: a\r\n\r\n", .malformed),
    ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformed),
    ("\(post)Transfer-Encoding: chunked\r\n\r\n2\r\n{}!\r\n0\r\n\r\n", .malformed),
    ("\(post)Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n", .malformed),
  ]

  @Test(arguments: whole) func howItComesInPiecesMakesNoDifference(_ text: String) {
    let expected = read(text)
    #expect(expected.ends == 1 && expected.refusal == nil)
    for size in 1...text.utf8.count { #expect(read(text, size: size) == expected, "in pieces of \(size)") }
  }

  @Test(arguments: refused) func whatIsRefusedIsRefusedInPiecesToo(_ text: String, _ refusal: HTTP1Refusal) {
    for size in 1...text.utf8.count {
      let reading = read(text, size: size)
      #expect(reading.refusal == refusal && reading.ends == 0, "in pieces of \(size)")
    }
  }

  @Test func aLimitIsExact() {
    var limits = RPCLimits()
    limits.headerCountMax = 3
    let fits = "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\nD: e\r\n"
    #expect(read("\(fits)\r\n", limits: limits).ends == 1)
    #expect(read("\(fits)F: g\r\n\r\n", limits: limits).refusal == .headersTooLarge)
    limits = RPCLimits()
    limits.headerBytesMax = 1000
    // Each field counts as a line without its end and 32 bytes.
    let room = 1000 - (7 + 32) - (3 + 32)
    for (more, refusal) in [(0, nil), (1, .headersTooLarge)] as [(Int, HTTP1Refusal?)] {
      let text = "GET / HTTP/1.1\r\nHost: a\r\nB: \(String(repeating: "c", count: room + more))\r\n\r\n"
      #expect(read(text, limits: limits).refusal == refusal)
    }
    let target = String(repeating: "a", count: 1001)
    #expect(read("GET /\(target) HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits).refusal == .targetTooLong)
  }
}
