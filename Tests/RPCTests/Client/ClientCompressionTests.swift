import BenchAPI
import EventLoop
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// Compressed messages of a client's calls, both ways.
@Suite struct ClientCompressionTests {
  private static let bytes = 50_000

  /// What an answer of the scripted server holds: an `EchoReply` of zeros, gzipped.
  private static func gzipped(bytes: Int) throws -> [UInt8] {
    let reply = EchoReply(in: Arena())
    reply.payload = Bytes(repeatElement(0, count: bytes), in: reply.storage.arena)
    var buffer = ByteBuffer()
    let isSmaller = try reply.encoded().withUnsafeBytes { Codecs().append($0, .gzip, to: &buffer) }
    try #require(isSmaller)
    return [UInt8](buffer.bytes)
  }

  private static func answer(
    _ stream: UInt32, flag: UInt8, encoding: String?, _ body: [UInt8]
  ) -> [ScriptedServer.Step] {
    let fields = encoding.map { [("grpc-encoding", $0)] } ?? []
    let prefix = ByteBuffer.prefix(flags: flag, count: body.count)
    return [.begin(stream, fields), .data(stream, prefix + body), .trailers(stream, status: "0")]
  }

  @Test(arguments: [Compression.gzip, .deflate])
  func aCallIsCompressedBothWays(how: Compression) async throws {
    let seen = Seen()
    try await BenchBackend.run(interceptors: [seen]) { backend in
      let reply = try await backend.echo("a", bytes: Self.bytes, options: CallOptions(compression: how))
      #expect(reply.payload.count == Self.bytes)
      #expect(seen.compressed.withLock { $0 } == [how])
      // What is too short to gain by it goes as it is, and so do calls that do not ask for it.
      _ = try await backend.echo("b", options: CallOptions(compression: how))
      _ = try await backend.echo("c", bytes: Self.bytes)
      #expect(seen.compressed.withLock { $0 } == [how, nil, nil])
    }
  }

  @Test func aChannelsChoiceIsThatOfItsCalls() async throws {
    var setup = ScriptedBackend.Setup()
    setup.options.compression = .gzip
    try await ScriptedBackend.run(setup) { event in
      event.kind == .ended ? ScriptedServer.Step.wellDone(event.stream) : []
    } _: { backend in
      let request = EchoRequest(in: Arena())
      request.payload = Bytes(repeatElement(0, count: Self.bytes), in: request.storage.arena)
      let _: EchoReply = try await backend.channel.unary("/test/Echo", request)
      #expect(backend.server.requestBytes(on: 1) < Self.bytes / 10)
      let _: EchoReply = try await backend.channel.unary("/test/Echo", request, CallOptions(compression: .identity))
      #expect(backend.server.requestBytes(on: 3) > Self.bytes)
    }
  }

  @Test(arguments: [Compression.gzip, .deflate])
  func streamsAreCompressed(how: Compression) async throws {
    try await FlakyBackend.run(failures: 2) { backend in
      // The first two attempts fail: what is sent again is compressed again.
      let chat: BidirectionalCall<EchoRequest, EchoReply> = try await backend.channel.bidirectional(
        FlakyBackend.chatPath, CallOptions(compression: how))
      var replies = chat.responses.makeAsyncIterator()
      for size in [1, 1_023, 1_024, 100_000] {
        try await chat.send(EchoRequest.of(bytes: size))
        #expect(try await replies.next()?.payload.count == size)
      }
      chat.endRequests()
      #expect(try await replies.next() == nil)
    }
  }

  @Test func aServerMayCompressUnasked() async throws {
    let body = try Self.gzipped(bytes: Self.bytes)
    try await ScriptedBackend.run { event in
      event.kind == .ended ? Self.answer(event.stream, flag: 1, encoding: "gzip", body) : []
    } _: { backend in
      let reply = try await backend.echo()
      #expect(reply.payload.count == Self.bytes)
    }
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var flag: UInt8 = 1
    var encoding: String? = "gzip"
    var body: [UInt8]?
    var code = StatusCode.internal
  }

  @Test(arguments: [
    Bad(testDescription: "compressed, but the headers do not say how", encoding: nil),
    Bad(testDescription: "compressed, but the headers say that it is not", encoding: "identity"),
    Bad(testDescription: "an encoding that is not known", encoding: "snappy"),
    Bad(testDescription: "a flag that is not known", flag: 2),
    Bad(testDescription: "not what gzip writes", body: [1, 2, 3, 4]),
    Bad(testDescription: "nothing at all", body: []),
    Bad(testDescription: "more than the limit without its compression", code: .resourceExhausted),
  ])
  func whatCannotBeReadEndsTheCall(bad: Bad) async throws {
    let isBomb = bad.code == .resourceExhausted
    let body = try bad.body ?? Self.gzipped(bytes: isBomb ? 2 * Self.bytes : 100)
    var setup = ScriptedBackend.Setup()
    setup.options.limits.responseBytesMax = Self.bytes
    try await ScriptedBackend.run(setup) { event in
      event.kind == .ended ? Self.answer(event.stream, flag: bad.flag, encoding: bad.encoding, body) : []
    } _: { backend in
      await expect(bad.code) { _ = try await backend.echo() }
      // A reader that waits already is told once.
      await expect(bad.code) {
        let replies: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(
          "/test/Stream", EchoRequest(in: Arena()))
        for try await _ in replies {}
      }
    }
  }
}

/// How the requests of each call came.
private final class Seen: ServerInterceptor {
  let compressed = Mutex<[Compression?]>([])

  func intercept(_ call: Call, _ next: Method.Handler) async throws {
    try await next(call)
    let how = call.requestWasCompressed ? call.compression : nil
    compressed.withLock { $0.append(how) }
  }
}
