import BenchAPI
import EventLoop
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// What a client makes of a server that breaks gRPC's rules, answer by answer. Sources: `PROTOCOL-HTTP2.md`,
/// `statuscodes.md`, `http-grpc-status-mapping.md`.
@Suite struct BadAnswerTests {
  typealias Step = ScriptedServer.Step

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let expected: StatusCode
    let answer: @Sendable (UInt32) -> [Step]

    init(_ name: String, _ expected: StatusCode, _ answer: @escaping @Sendable (UInt32) -> [Step]) {
      testDescription = name
      self.expected = expected
      self.answer = answer
    }
  }

  static let answers: [Case] = brokenAnswers + httpAnswers

  private static let brokenAnswers: [Case] = [
    Case("trailers only", .notFound) { [.only($0, status: "5")] },
    Case("a status above 16", .unknown) { [.only($0, status: "17")] },
    Case("a huge status", .unknown) { [.only($0, status: "99999999999999999999")] },
    Case("a negative status", .unknown) { [.only($0, status: "-1")] },
    Case("a status in words", .unknown) { [.only($0, status: "OK")] },
    Case("an empty status", .unknown) { [.only($0, status: "")] },
    Case("a bad status after a message", .unknown) {
      [.begin($0), .message($0, []), .trailers($0, status: "17")]
    },
    Case("trailers without a status", .unknown) {
      [.begin($0), .message($0, []), .headers($0, [("x-a", "b")], ends: true)]
    },
    Case("data that ends the stream", .unknown) { [.begin($0), .message($0, [], ends: true)] },
    Case("headers that end the stream", .unknown) { [.headers($0, Step.answerFields, ends: true)] },
    Case("success without a response", .unimplemented) { [.only($0, status: "0")] },
    Case("two responses", .unimplemented) {
      [.begin($0), .message($0, []), .message($0, []), .trailers($0, status: "0")]
    },
    Case("a truncated response", .internal) {
      [.begin($0), .data($0, [0, 0, 0, 0, 9, 1]), .trailers($0, status: "0")]
    },
    Case("a truncated prefix", .internal) { [.begin($0), .data($0, [0, 0, 0]), .trailers($0, status: "0")] },
    Case("an error after a truncated response", .aborted) {
      [.begin($0), .data($0, [0, 0, 0, 0, 9, 1]), .trailers($0, status: "10")]
    },
    Case("a compressed response nobody asked for", .internal) {
      [.begin($0), .data($0, [1, 0, 0, 0, 0]), .trailers($0, status: "0")]
    },
    Case("a flag that does not exist", .internal) {
      [.begin($0), .data($0, [7, 0, 0, 0, 0]), .trailers($0, status: "0")]
    },
    Case("a response that is no such message", .internal) {
      [.begin($0), .message($0, [255, 255, 255]), .trailers($0, status: "0")]
    },
    Case("a response above the limit", .resourceExhausted) { [.begin($0), .data($0, [0, 0, 0, 4, 1])] },
    Case("no content type", .unknown) { [.headers($0, [(":status", "200")]), .message($0, [])] },
    Case("another content type", .unknown) {
      [.headers($0, [(":status", "200"), ("content-type", "text/html")]), .data($0, Array("<html>".utf8), ends: true)]
    },
    Case("a content type that only begins like gRPC's", .unknown) {
      [.headers($0, [(":status", "200"), ("content-type", "application/grpcx")]), .message($0, [])]
    },
    Case("too many header fields", .resourceExhausted) { stream in
      [.begin(stream, (0..<200).map { ("x-\($0)", "1") })]
    },
    Case("too large header fields", .resourceExhausted) { stream in
      [.begin(stream, (0..<100).map { _ in ("x", String(repeating: "v", count: 140)) })]
    },
    Case("too many trailers", .resourceExhausted) { stream in
      [.begin(stream), .message(stream, []), .trailers(stream, status: "0", (0..<200).map { ("x-\($0)", "1") })]
    },
    Case("reset with NO_ERROR", .internal) { [.reset($0, 0)] },
    Case("reset with PROTOCOL_ERROR", .internal) { [.reset($0, 1)] },
    Case("reset with INTERNAL_ERROR", .internal) { [.reset($0, 2)] },
    Case("reset with FLOW_CONTROL_ERROR", .internal) { [.reset($0, 3)] },
    Case("reset with STREAM_CLOSED", .internal) { [.reset($0, 5)] },
    Case("reset with REFUSED_STREAM, twice", .unavailable) { [.reset($0, 7)] },
    Case("reset with CANCEL", .cancelled) { [.reset($0, 8)] },
    Case("reset with ENHANCE_YOUR_CALM", .resourceExhausted) { [.reset($0, 11)] },
    Case("reset with INADEQUATE_SECURITY", .permissionDenied) { [.reset($0, 12)] },
    Case("reset with HTTP_1_1_REQUIRED", .internal) { [.reset($0, 13)] },
    Case("reset after a message", .internal) { [.begin($0), .message($0, []), .reset($0, 2)] },
    Case("the connection closed", .unavailable) { _ in [.close] },
    Case("the connection closed after headers", .unavailable) { [.begin($0), .close] },
    Case("bytes that are not HTTP/2", .unavailable) { _ in [.send(Array(repeating: 0x20, count: 100))] },
  ]

  private static let httpStatuses: [(Int, StatusCode)] = [
    (400, .internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented), (429, .unavailable),
    (431, .internal), (502, .unavailable), (503, .unavailable), (504, .unavailable), (500, .unknown), (302, .unknown),
    (204, .unknown), (200, .unknown),
  ]

  private static let httpAnswers: [Case] = httpStatuses.map { (status, code) in
    Case("HTTP status \(status)", code) { [.headers($0, [(":status", "\(status)")], ends: true)] }
  }

  private static func setup(responseBytesMax: Int) -> ScriptedBackend.Setup {
    var setup = ScriptedBackend.Setup()
    setup.options.limits.responseBytesMax = responseBytesMax
    return setup
  }

  @Test(arguments: answers) func eachEndsWithItsCode(_ answer: Case) async throws {
    try await ScriptedBackend.run(Self.setup(responseBytesMax: 1024)) { event in
      event.kind == .ended ? answer.answer(event.stream) : []
    } _: { backend in
      await expect(answer.expected) { _ = try await backend.echo() }
    }
  }

  /// The same, for a reader of a stream.
  @Test(arguments: answers.filter { !["two responses", "success without a response"].contains($0.testDescription) })
  func eachEndsAStreamWithItsCode(_ answer: Case) async throws {
    try await ScriptedBackend.run(Self.setup(responseBytesMax: 1024)) { event in
      event.kind == .ended ? answer.answer(event.stream) : []
    } _: { backend in
      await expect(answer.expected) {
        let replies: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(
          "/test/Stream", EchoRequest(in: Arena()))
        for try await _ in replies {}
      }
    }
  }

  /// `grpc-status` counts, whatever HTTP says.
  @Test func aStatusOfGRPCOverrulesHTTP() async throws {
    try await ScriptedBackend.run { event in
      event.kind == .ended
        ? [
          .headers(
            event.stream, [(":status", "503"), ("grpc-status", "5"), ("grpc-message", "gone%20away")], ends: true)
        ]
        : []
    } _: { backend in
      let error = await expect(.notFound) { _ = try await backend.echo() }
      #expect(error?.message == "gone away")
    }
  }

  /// Informational headers are skipped; the content type may have a suffix and parameters.
  @Test func whatIsLegalIsTaken() async throws {
    try await ScriptedBackend.run { event in
      guard event.kind == .ended else { return [] }
      return [
        .headers(event.stream, [(":status", "103"), ("link", "x")]),
        .headers(event.stream, [(":status", "200"), ("content-type", "application/grpc+proto;x=y")]),
        .message(event.stream, []), .trailers(event.stream, status: "0"),
      ]
    } _: { backend in
      let reply = try await backend.echo()
      #expect(reply.id == "")
    }
  }

  /// The limit exactly, and one byte more; the connection lives on.
  @Test func responseSizeLimit() async throws {
    try await ScriptedBackend.run(Self.setup(responseBytesMax: 1000)) { event in
      guard event.kind == .ended else { return [] }
      // id: 2 + 1 bytes, payload: 3 bytes and the rest.
      let rest = event.call == 0 ? 994 : 995
      let payload = [UInt8(0x12), UInt8(rest & 127 | 128), UInt8(rest >> 7)] + Array(repeating: 7, count: rest)
      return [
        .begin(event.stream), .message(event.stream, [0x0A, 1, 0x69] + payload), .trailers(event.stream, status: "0"),
      ]
    } _: { backend in
      let reply = try await backend.echo()
      #expect(reply.payload.count == 994)
      await expect(.resourceExhausted) { _ = try await backend.echo() }
      #expect(backend.server.connections == 1)
    }
  }
}

/// A scripted server and a channel to it.
struct ScriptedBackend {
  let server: ScriptedServer
  let channel: Channel
  let group: EventLoopGroup

  func echo(_ options: CallOptions = CallOptions()) async throws -> EchoReply {
    try await channel.unary("/test/Echo", EchoRequest(in: Arena()), options)
  }

  /// What is out of the ordinary.
  struct Setup: Sendable {
    var options = ChannelOptions()
    var answersPings = true
    var greeting: @Sendable (Int) -> [ScriptedServer.Step] = { _ in [.settings([])] }
  }

  static func run(
    _ setup: Setup = Setup(), _ script: @escaping ScriptedServer.Script, _ body: (ScriptedBackend) async throws -> Void
  ) async throws {
    let group = EventLoopGroup(count: 1)
    let server = try ScriptedServer(answersPings: setup.answersPings, greeting: setup.greeting, script)
    let channel = Channel(server.address, options: setup.options, on: group.loops[0])
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(ScriptedBackend(server: server, channel: channel, group: group)))
    } catch {
      outcome = .failure(error)
    }
    await channel.close()
    server.stop()
    group.shutdown()
    try outcome.get()
  }
}
