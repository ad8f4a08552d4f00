import BenchAPI
import EventLoop
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import RPC

@Suite struct CallTests {
  @Test(arguments: [0, 1, 100, 16_384, 65_536, 1_000_000, 4_194_000])
  func echoesAnySize(bytes: Int) async throws {
    try await BenchBackend.run { backend in
      let reply = try await backend.echo("size", bytes: bytes)
      #expect(reply.id == "size")
      #expect(reply.payload.count == bytes)
    }
  }

  @Test func manyCallsAtOnceKeepTheirAnswers() async throws {
    try await BenchBackend.run { backend in
      let wrong = try await withThrowingTaskGroup(of: Bool.self) { tasks in
        for number in 0..<2_000 {
          tasks.addTask { try await backend.echo("call \(number)", bytes: number).id != "call \(number)" }
        }
        return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(wrong == 0)
      #expect(backend.server.callsInFlight == 0)
    }
  }

  /// The limit exactly, and one byte more.
  @Test func requestSizeLimit() async throws {
    var limits = RPCLimits()
    limits.requestBytesMax = 1_000
    try await BenchBackend.run(limits: limits) { backend in
      // id: 2 + 1 bytes, payload: 3 + 994 bytes.
      _ = try await backend.echo("i", bytes: 994)
      await expect(.resourceExhausted) { _ = try await backend.echo("i", bytes: 995) }
    }
  }

  @Test func deadlineEndsCallAndHandler() async throws {
    try await BenchBackend.run { backend in
      _ = try await backend.echo("the connection is made")
      try await backend.echoPastItsDeadline()
      try await eventually {
        backend.service.cancelled.load(ordering: .relaxed) == backend.service.started.load(ordering: .relaxed) - 1
      }
      try await eventually { backend.server.callsInFlight == 0 }
    }
  }

  @Test func cancellingReachesTheHandlerAtOnce() async throws {
    try await BenchBackend.run { backend in
      let call = Task { try await backend.echo("sleep").id.string }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 1 }
      call.cancel()
      await expect(.cancelled) { _ = try await call.value }
      try await eventually { backend.service.cancelled.load(ordering: .relaxed) == 1 }
    }
  }

  /// HTTP/2 has no place for headers of any size: a caller must not wait for ones that cannot be sent.
  @Test func trailersThatCannotBeSentEndTheCall() async throws {
    try await BenchBackend.run { backend in
      let options = CallOptions(timeout: .seconds(60))
      await expect(.internal) { _ = try await backend.echo("huge trailers", options: options) }
      _ = try await backend.echo("the connection lives")
    }
  }

  @Test func anErrorsTextsAreBounded() async throws {
    let long = String(repeating: "\u{301}", count: 100_000)
    let error = RPCError(
      .notFound, long,
      details: [
        .badRequest([.init(field: long, description: long)]), .resourceInfo(type: long, name: long, description: long),
        .errorInfo(reason: long, domain: long, metadata: [long: long]),
        .preconditionFailure([.init(type: long, subject: long, description: long)]),
        .quotaFailure([.init(subject: long, description: long)]), .retryInfo(delay: .seconds(1)),
      ])
    #expect(error.boundedMessage.utf8.count <= StatusBounds.messageBytesMax)
    #expect(try #require(error.encodedDetails).count <= StatusBounds.detailsBytesMax)
    let short = RPCError(.notFound, "no", details: [.resourceInfo(type: "a", name: "b", description: "c")])
    #expect(short.boundedDetails == short.details)
  }

  @Test func errorsCarryTheirDetails() async throws {
    try await BenchBackend.run { backend in
      let error = await expect(.invalidArgument) { _ = try await backend.echo("details") }
      #expect(error?.message == "naïve % input\n")
      #expect(error?.trailers["x-trailer"] == "of the error")
      #expect(
        error?.details == [
          .badRequest([.init(field: "id", description: "is wrong")]), .retryInfo(delay: .milliseconds(1500)),
          .errorInfo(reason: "WRONG", domain: "test", metadata: ["a": "b"]),
          .resourceInfo(type: "t", name: "n", description: "d"),
          .preconditionFailure([.init(type: "T", subject: "s", description: "d")]),
          .quotaFailure([.init(subject: "s", description: "d")]),
        ])
    }
  }

  /// What nobody meant for the caller stays inside.
  @Test func unforeseenErrorsTellNothing() async throws {
    try await BenchBackend.run { backend in
      let error = await expect(.internal) { _ = try await backend.echo("hidden") }
      #expect(error?.message.contains("SELECT") == false)
      #expect(error?.message.contains("Unforeseen") == false)
    }
  }

  @Test func metadataGoesBothWays() async throws {
    try await BenchBackend.run { backend in
      var options = CallOptions(metadata: ["X-Asked": "hello"])
      options.metadata.add("x-data-bin", bytes: [0, 1, 254])
      let reply = try await backend.echo("metadata", options: options)
      #expect(reply.id == "hello")
      #expect(reply.payload.array == [0, 1, 254])
    }
  }

  @Test func unknownMethodsAreUnimplemented() async throws {
    try await BenchBackend.run { backend in
      await expect(.unimplemented) {
        let _: EchoReply = try await backend.channel.unary("/bench.v1.Bench/Nope", EchoRequest(in: Arena()))
      }
      await expect(.unimplemented) {
        let _: EchoReply = try await backend.channel.unary("/", EchoRequest(in: Arena()))
      }
    }
  }

  @Test func nobodyListening() async throws {
    let group = EventLoopGroup(count: 1)
    let channel = Channel(.tcp(host: "127.0.0.1", port: 1), on: group.loops[0])
    await expect(.unavailable) { _ = try await BenchClient(channel).echo(EchoRequest(in: Arena())) }
    await channel.close()
    group.shutdown()
  }

  @Test func interceptorsSurroundEveryCall() async throws {
    let outer = Recorder(name: "outer"), inner = Recorder(name: "inner")
    try await BenchBackend.run(interceptors: [outer, inner]) { backend in
      _ = try await backend.echo("x")
      #expect(outer.log.withLock { $0 } == ["outer before /bench.v1.Bench/Echo", "outer after"])
      #expect(inner.log.withLock { $0 } == ["inner before /bench.v1.Bench/Echo", "inner after"])
      await expect(.permissionDenied) {
        _ = try await backend.echo("x", options: CallOptions(metadata: ["x-refuse": "inner"]))
      }
      #expect(outer.log.withLock { $0.last } == "outer failed")
    }
  }

  /// SIGTERM's way: calls in flight end well, new ones are not taken.
  @Test func drainLetsCallsEnd() async throws {
    try await BenchBackend.run { backend in
      let call = Task { try await backend.echo("hold").id.string }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 1 }
      let stop = Task { await backend.server.shutdown(grace: .seconds(3_600)) }
      try await eventually { backend.server.isDraining }
      backend.service.isReleased.store(true, ordering: .relaxed)
      #expect(try await call.value == "hold")
      await stop.value
      #expect(backend.server.openConnections == 0)
      await expect(.unavailable) { _ = try await backend.echo("late") }
    }
  }
}

private final class Recorder: ServerInterceptor {
  let name: String
  let log = Mutex<[String]>([])

  init(name: String) { self.name = name }

  func intercept(_ call: Call, _ next: Method.Handler) async throws {
    if call.metadata["x-refuse"] == name { throw RPCError(.permissionDenied, "refused") }
    log.withLock { $0.append("\(name) before \(call.path)") }
    do {
      try await next(call)
      log.withLock { $0.append("\(name) after") }
    } catch {
      log.withLock { $0.append("\(name) failed") }
      throw error
    }
  }
}

/// Expects `body` to fail with `code`, and returns the error.
@discardableResult
func expect(
  _ code: StatusCode, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> RPCError? {
  do {
    try await body()
    Issue.record("no error where \(code.name) was expected", sourceLocation: sourceLocation)
  } catch let error as RPCError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    return error
  } catch {
    Issue.record("\(error) where \(code.name) was expected", sourceLocation: sourceLocation)
  }
  return nil
}
