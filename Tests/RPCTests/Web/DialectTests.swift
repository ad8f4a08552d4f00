import Testing

@testable import RPC

/// How each dialect brings requests into gRPC's frames, and says how a call ended.
@Suite struct DialectTests {
  private static let error = RPCError(.notFound, "naïve %", trailers: ["x-of-error": "1"])
  private static let headers: Metadata = ["x-heading": "a"]
  private static let trailers: Metadata = ["x-ending": "b"]

  /// What the frames in `incoming` are, after a request that comes in such pieces.
  private func arrive(_ pieces: [[UInt8]], _ dialect: Dialect) throws -> [UInt8] {
    var incoming = ByteBuffer()
    dialect.begin(&incoming)
    for piece in pieces {
      incoming.append(piece)
      try dialect.arrived(piece.count, in: &incoming)
    }
    try dialect.ended(&incoming)
    return Array(incoming.bytes)
  }

  private func end(
    _ dialect: Dialect, _ error: RPCError? = nil, headersSent: Bool = false, bodyCount: Int = 0
  ) -> Dialect.Ending {
    dialect.ending(
      CallEnd(
        error: error, headers: headersSent ? [:] : Self.headers, trailers: Self.trailers, headersSent: headersSent,
        bodyCount: bodyCount))
  }

  private func fields(_ head: HTTPResponseHead?) -> [String] {
    head?.fields.entries.map { "\($0.key): \($0.value)" } ?? []
  }

  // MARK: gRPC-Web

  @Test func grpcWebIsGRPCsFrames() throws {
    #expect(try arrive([[0, 0, 0], [0, 1, 9]], GRPCWeb(isText: false, answersText: false)) == [0, 0, 0, 0, 1, 9])
    let text = Array("AAAAAAEJ".utf8)
    let dialect = { GRPCWeb(isText: true, answersText: true) }
    for cut in 0...text.count {
      #expect(try arrive([Array(text[..<cut]), Array(text[cut...])], dialect()) == [0, 0, 0, 0, 1, 9])
    }
    for wrong in ["AAA", "A", "!AAA"] {
      #expect(throws: RPCError.self) { try arrive([Array(wrong.utf8)], dialect()) }
    }
  }

  @Test func grpcWebEndsWithAFrameOfTrailers() {
    let dialect = GRPCWeb(isText: false, answersText: false, fields: ["vary": "origin"])
    let block = Array("grpc-status: 0\r\nx-ending: b\r\n".utf8)
    let ending = end(dialect)
    #expect(ending.tail == [0x80, 0, 0, 0, UInt8(block.count)] + block)
    #expect(fields(ending.head) == ["content-type: application/grpc-web+proto", "vary: origin", "x-heading: a"])
    #expect(end(dialect, headersSent: true).head == nil)
  }

  @Test func grpcWebPutsAnEarlyErrorIntoTheHeaders() {
    let ending = end(GRPCWeb(isText: true, answersText: true), Self.error)
    #expect(ending.tail.isEmpty && ending.dropsMessages)
    #expect(
      fields(ending.head) == [
        "content-type: application/grpc-web-text+proto", "x-heading: a", "grpc-status: 5",
        "grpc-message: na%C3%AFve %25", "x-ending: b", "x-of-error: 1",
      ])
    let late = end(GRPCWeb(isText: false, answersText: false), Self.error, headersSent: true)
    #expect(late.head == nil && String(decoding: late.tail.dropFirst(5), as: UTF8.self).contains("grpc-status: 5\r\n"))
  }

  // MARK: Connect, unary

  @Test func aConnectBodyBecomesOneFrame() throws {
    #expect(try arrive([[7], [8, 9]], ConnectUnary(.proto, bytesMax: 3)) == [0, 0, 0, 0, 3, 7, 8, 9])
    #expect(try arrive([], ConnectUnary(.proto, bytesMax: 3)) == [0, 0, 0, 0, 0])
    #expect(try arrive([[7]], ConnectUnary(.proto, bytesMax: 3, isCompressed: true)) == [1, 0, 0, 0, 1, 7])
    #expect(try arrive([], ConnectUnary(.proto, bytesMax: 3, isCompressed: true)) == [0, 0, 0, 0, 0])
    #expect(throws: RPCError.self) { try arrive([[7, 8], [9, 10]], ConnectUnary(.proto, bytesMax: 3)) }
  }

  @Test func aGetHasItsMessageInTheQueryAndNoBody() throws {
    #expect(try arrive([[1, 2], [3]], ConnectUnary(.proto, bytesMax: 3, message: [7])) == [0, 0, 0, 0, 1, 7])
  }

  @Test func aConnectAnswerHasTrailersAmongItsHeaders() {
    let ending = end(ConnectUnary(.json, bytesMax: 1), bodyCount: 12)
    #expect(
      fields(ending.head) == [
        "content-type: application/json", "x-heading: a", "trailer-x-ending: b", "content-length: 12",
      ])
    #expect(ending.head?.status == 200 && ending.tail.isEmpty && !ending.dropsMessages)
  }

  @Test func aConnectErrorIsJSONWhateverTheCodec() {
    let ending = end(ConnectUnary(.proto, bytesMax: 1, fields: ["vary": "origin"]), Self.error)
    let body = Array(ConnectError.json(Self.error).utf8)
    #expect(ending.tail == body && ending.dropsMessages && ending.head?.status == 404)
    #expect(
      fields(ending.head) == [
        "content-type: application/json", "vary: origin", "x-heading: a", "trailer-x-ending: b",
        "trailer-x-of-error: 1", "content-length: \(body.count)",
      ])
  }

  // MARK: Connect, streams

  @Test func aConnectStreamEndsWithJSON() {
    let ending = end(ConnectStreaming(.proto), Self.error)
    let text = ConnectError.endOfStream(Self.error, trailers: Self.trailers)
    #expect(ending.tail == [2, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8))
    #expect(ending.head?.status == 200)
    #expect(fields(ending.head) == ["content-type: application/connect+proto", "x-heading: a"])
  }

  @Test func onlyAConnectResponseMayEndItsStream() {
    let dialect = ConnectStreaming(.json)
    #expect(throws: Never.self) { try dialect.check(flags: 0) }
    #expect(throws: Never.self) { try dialect.check(flags: 1) }
    for flags: UInt8 in [2, 3, 4, 0x80, 0xff] { #expect(throws: RPCError.self) { try dialect.check(flags: flags) } }
  }

  // MARK: No call

  @Test func aPlainAnswerHasItsLengthAndHeadHasNoBody() {
    let response = HTTPResponse(text: "hello")
    let whole = PlainHTTP(requestBytesMax: 1, fields: ["vary": "origin"]).ending(response)
    #expect(whole.tail == Array("hello".utf8))
    #expect(
      fields(whole.head) == ["content-type: text/plain; charset=utf-8", "vary: origin", "content-length: 5"])
    let head = PlainHTTP(requestBytesMax: 1, isHeadOnly: true).ending(response)
    #expect(head.tail.isEmpty && fields(head.head).contains("content-length: 5"))
    let nothing = PlainHTTP(requestBytesMax: 1).ending(HTTPResponse(status: 204, body: [1]))
    #expect(nothing.tail.isEmpty && fields(nothing.head) == [])
  }
}
