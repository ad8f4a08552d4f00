import BenchAPI
import EventLoop
import Eventually
import Foundation
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// How a channel connects, waits, spreads its calls and lets go.
@Suite struct ChannelTests {
  private static func answer(_ event: ScriptedServer.Event) -> [ScriptedServer.Step] {
    event.kind == .ended ? ScriptedServer.Step.wellDone(event.stream) : []
  }

  private static func setup(_ change: (inout ChannelOptions) -> Void) -> ScriptedBackend.Setup {
    var setup = ScriptedBackend.Setup()
    change(&setup.options)
    return setup
  }

  private static let quick = Backoff(initial: .milliseconds(10), maximum: .milliseconds(20), multiplier: 2)

  /// An address of which nobody else knows, so that nobody listens there.
  private static func deserted() -> ListenAddress {
    .unix(path: FileManager.default.temporaryDirectory.appending(path: "fastshop-\(UUID().uuidString)").path)
  }

  @Test func callsShareAConnection() async throws {
    try await ScriptedBackend.run(ScriptedBackend.Setup(), Self.answer) { backend in
      for _ in 0..<5 { _ = try await backend.echo() }
      #expect(backend.server.connections == 1)
    }
  }

  @Test func aLostConnectionIsReplaced() async throws {
    try await ScriptedBackend.run { event in
      guard event.kind == .ended else { return [] }
      return ScriptedServer.Step.wellDone(event.stream) + (event.call == 0 ? [.close] : [])
    } _: { backend in
      _ = try await backend.echo()
      try await eventually {
        do { return try await backend.echo().id == "" } catch let error as RPCError { return error.code == .ok }
      }
      #expect(backend.server.connections == 2)
    }
  }

  @Test func addressesAreTriedInOrder() async throws {
    let group = EventLoopGroup(count: 1)
    let server = try ScriptedServer(Self.answer)
    let channel = Channel([Self.deserted(), Self.deserted(), server.address], on: group.loops[0])
    let _: EchoReply = try await channel.unary("/test/Echo", EchoRequest(in: Arena()))
    #expect(server.connections == 1)
    await channel.close()
    server.stop()
    group.shutdown()
  }

  /// While nobody answers, calls fail at once and the address is left alone for a while.
  @Test func callsFailFastWithinTheBackOff() async throws {
    let group = EventLoopGroup(count: 1)
    let address = Self.deserted()
    let channel = Channel(address, on: group.loops[0])
    for _ in 0..<20 {
      let error = await expect(.unavailable) {
        let _: EchoReply = try await channel.unary("/test/Echo", EchoRequest(in: Arena()))
      }
      #expect(error?.message.contains(address.description) == true)
    }
    await channel.close()
    group.shutdown()
  }

  @Test func waitingForReadyOutlastsAServerThatIsNotThere() async throws {
    let group = EventLoopGroup(count: 2)
    let address = Self.deserted()
    var options = ChannelOptions()
    options.reconnectBackoff = Self.quick
    let channel = Channel(address, options: options, on: group.loops[0])
    let call = Task {
      let _: EchoReply = try await channel.unary(
        FlakyBackend.echoPath, EchoRequest(in: Arena()), CallOptions(waitsForReady: true))
    }
    await expect(.deadlineExceeded) {
      let _: EchoReply = try await channel.unary(
        FlakyBackend.echoPath, EchoRequest(in: Arena()), CallOptions(timeout: .milliseconds(50), waitsForReady: true))
    }
    let server = RPCServer(group: group, services: [FlakyService(failures: 0)])
    try await server.listen(on: .clearText(address))
    try await call.value
    await channel.close()
    await server.shutdown(grace: .milliseconds(100))
    group.shutdown()
  }

  @Test func aServerThatDoesNotGreetIsGivenUp() async throws {
    var setup = Self.setup { $0.connectTimeout = .milliseconds(50) }
    setup.greeting = { _ in [] }
    try await ScriptedBackend.run(setup, { _ in [] }) { backend in
      let error = await expect(.unavailable) { _ = try await backend.echo() }
      #expect(error?.message.contains("no answer within") == true)
      #expect(backend.server.calls == 0)
    }
  }

  /// Who greets and leaves is left alone for a while too, whether it says so or just goes.
  @Test(arguments: [
    [ScriptedServer.Step.goAway(last: 0, "no room")], [.close], [.goAway(last: 0), .close],
    [.send(Array(repeating: 0x20, count: 100))],
  ])
  func aServerThatLeavesAtOnceDoesNotKeepUsBusy(parting: [ScriptedServer.Step]) async throws {
    var setup = Self.setup {
      $0.reconnectBackoff = Backoff(initial: .seconds(3600), maximum: .seconds(3600), multiplier: 1)
    }
    setup.greeting = { _ in [.settings([])] + parting }
    try await ScriptedBackend.run(setup, { _ in [] }) { backend in
      for _ in 0..<10 { await expect(.unavailable) { _ = try await backend.echo() } }
      // The first time is forgiven.
      #expect(backend.server.connections <= 2)
    }
  }

  /// Calls that can wait outlast it, at the pace of the waits between attempts.
  @Test func waitingForReadyOutlastsAServerThatLeavesAtOnce() async throws {
    var setup = Self.setup { $0.reconnectBackoff = Self.quick }
    // No call may begin before the parting: one that had begun and was refused would be made again only once.
    setup.greeting = { $0 < 4 ? [.settings([(id: 3, value: 0)]), .goAway(last: 0, "no room")] : [.settings([])] }
    try await ScriptedBackend.run(setup, Self.answer) { backend in
      _ = try await backend.echo(CallOptions(waitsForReady: true))
      #expect(backend.server.connections == 5)
    }
  }

  /// One that served well until it left is gone back to at once, as often as it happens.
  @Test func aServerThatServesBeforeItLeavesIsAskedAgainAtOnce() async throws {
    try await ScriptedBackend.run { event in
      guard event.kind == .ended else { return [] }
      return ScriptedServer.Step.wellDone(event.stream) + [.goAway(last: event.stream)]
    } _: { backend in
      for number in 1...5 {
        _ = try await backend.echo()
        #expect(backend.server.connections == number)
      }
    }
  }

  /// Old calls end where they are; new ones go to a new connection.
  @Test func goAwayLetsOldCallsFinish() async throws {
    try await ScriptedBackend.run { event in
      event.kind == .ended && event.connection > 0 ? ScriptedServer.Step.wellDone(event.stream) : []
    } _: { backend in
      let old = Task { try await backend.echo().id.string }
      try await eventually { backend.server.calls == 1 }
      backend.server.say([.goAway(last: 1)], on: 0)
      try await eventually {
        _ = try await backend.echo(CallOptions(timeout: .milliseconds(500)))
        return backend.server.connections == 2
      }
      backend.server.say(ScriptedServer.Step.wellDone(1), on: 0)
      #expect(try await old.value == "")
    }
  }

  /// The server's limit on streams holds; the rest wait for their turn, in order.
  @Test func callsWaitForTheServersStreamLimit() async throws {
    let began = Mutex<[UInt32]>([])
    var setup = Self.setup { $0.limits.waitingCallsMax = 3 }
    setup.greeting = { _ in [.settings([(id: 3, value: 2)])] }
    try await ScriptedBackend.run(setup) { event in
      if event.kind == .began { began.withLock { $0.append(event.stream) } }
      return event.kind == .ended && event.stream == 1 ? ScriptedServer.Step.wellDone(1) : []
    } _: { backend in
      // Until the first call has an answer, there may be no connection yet, and no limit: then more would wait.
      _ = try await backend.echo()
      // Two go, three wait, one is too many: when it has ended, and the client has answered a PING, all that it sends
      // has come.
      let ends = Ends()
      let calls = (0..<6).map { _ in
        Task { do { _ = try await backend.echo() } catch let error as RPCError { ends.add(error.code) } }
      }
      try await eventually { ends.codes == [.resourceExhausted] && backend.server.calls >= 3 }
      backend.server.say([.frame(type: 6, flags: 0, stream: 0, [UInt8](repeating: 1, count: 8))], on: 0)
      try await eventually { backend.server.frames(ofType: 6) == 1 }
      #expect(backend.server.calls == 3)
      for stream: UInt32 in [3, 5, 7, 9, 11] {
        try await eventually { began.withLock { $0.contains(stream) } }
        backend.server.say(ScriptedServer.Step.wellDone(stream), on: 0)
      }
      for call in calls { _ = try await call.value }
      #expect(ends.codes == [.resourceExhausted])
      #expect(backend.server.connections == 1)
    }
  }

  @Test func theQueueIsBoundedAndCanBeLeft() async throws {
    var setup = Self.setup { $0.limits.waitingCallsMax = 3 }
    setup.greeting = { _ in [.settings([(id: 3, value: 1)])] }
    try await ScriptedBackend.run(setup, { _ in [] }) { backend in
      let first = Task { try await backend.echo().id.string }
      try await eventually { backend.server.calls == 1 }
      // Three may wait, one of these four may not.
      let ends = Ends()
      let waiting = (0..<4).map { _ in
        Task {
          do { _ = try await backend.echo() } catch let error as RPCError { ends.add(error.code) }
        }
      }
      try await eventually { ends.codes == [.resourceExhausted] }
      for call in waiting { call.cancel() }
      for call in waiting { try await call.value }
      #expect(ends.codes == [.resourceExhausted, .cancelled, .cancelled, .cancelled])
      // The places are free again, and a deadline leaves them too.
      await expect(.deadlineExceeded) { _ = try await backend.echo(CallOptions(timeout: .milliseconds(20))) }
      backend.server.say(ScriptedServer.Step.wellDone(1), on: 0)
      #expect(try await first.value == "")
      #expect(backend.server.calls == 1)
    }
  }

  @Test func aChannelMayHaveSeveralConnections() async throws {
    try await ScriptedBackend.run(Self.setup { $0.connections = 3 }, { _ in [] }) { backend in
      var calls: [Task<String, any Error>] = []
      for number in 1...30 {
        calls.append(Task { try await backend.echo().id.string })
        try await eventually { backend.server.calls == number }
      }
      #expect(backend.server.connections == 3)
      for call in calls { call.cancel() }
      for call in calls { await expect(.cancelled) { _ = try await call.value } }
    }
  }

  @Test func idleConnectionsAreClosedAndMadeAgain() async throws {
    try await ScriptedBackend.run(Self.setup { $0.idleTimeout = .milliseconds(30) }, Self.answer) { backend in
      _ = try await backend.echo()
      try await eventually { backend.server.frames(ofType: 7) == 1 }
      _ = try await backend.echo()
      #expect(backend.server.connections == 2)
    }
  }

  @Test func aSilentServerIsFoundDead() async throws {
    var setup = Self.setup { $0.keepAlive = KeepAlive(time: .milliseconds(30), timeout: .milliseconds(30)) }
    setup.answersPings = false
    try await ScriptedBackend.run(setup, { _ in [] }) { backend in
      let error = await expect(.unavailable) { _ = try await backend.echo() }
      #expect(error?.message == "the server did not answer a keepalive PING")
      #expect(backend.server.frames(ofType: 6) == 1)
    }
  }

  @Test func aServerThatAnswersIsKept() async throws {
    try await ScriptedBackend.run(
      Self.setup { $0.keepAlive = KeepAlive(time: .milliseconds(20), timeout: .seconds(20)) }, { _ in [] }
    ) { backend in
      let call = Task { try await backend.echo().id.string }
      try await eventually { backend.server.frames(ofType: 6) >= 3 }
      backend.server.say(ScriptedServer.Step.wellDone(1), on: 0)
      #expect(try await call.value == "")
    }
  }

  @Test func closingEndsCallsAndRefusesMore() async throws {
    try await ScriptedBackend.run(ScriptedBackend.Setup(), { _ in [] }) { backend in
      let call = Task { try await backend.echo().id.string }
      try await eventually { backend.server.calls == 1 }
      await backend.channel.close()
      await #expect(throws: RPCError.self) { _ = try await call.value }
      await expect(.cancelled) { _ = try await backend.echo() }
    }
  }

  /// A stream that nobody holds any more is given up.
  @Test func aDroppedStreamIsCancelled() async throws {
    try await ScriptedBackend.run { event in
      event.kind == .ended ? [.begin(event.stream), .message(event.stream, [])] : []
    } _: { backend in
      for _ in 0..<3 {
        let replies: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(
          "/test/Stream", EchoRequest(in: Arena()))
        for try await _ in replies { break }
      }
      try await eventually { backend.server.frames(ofType: 3) == 3 }
    }
  }

  /// A handler's own calls end when its caller's deadline does, and carry on what is to be carried on.
  @Test func deadlinesAreInherited() async throws {
    let group = EventLoopGroup(count: 1)
    let inner = try ScriptedServer { _ in [] }
    let channel = Channel(inner.address, on: group.loops[0])
    let service = Forwarding(channel: channel)
    let server = RPCServer(group: group, services: [service])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    let outer = Channel(address, on: group.loops[0])
    await expect(.deadlineExceeded) {
      let _: EchoReply = try await outer.unary(
        Forwarding.path, EchoRequest(in: Arena()), CallOptions(timeout: .seconds(2)))
    }
    // Both ends of the outer call may be first to notice; either ends the inner one.
    try await eventually { service.outcome.withLock { $0 == .deadlineExceeded || $0 == .cancelled } }
    try await eventually { inner.frames(ofType: 3) == 1 }
    await outer.close()
    await channel.close()
    await server.shutdown(grace: .milliseconds(100))
    inner.stop()
    group.shutdown()
  }
}

/// What calls ended with, in order.
private final class Ends: Sendable {
  private let all = Mutex<[StatusCode]>([])
  var codes: [StatusCode] { all.withLock { $0 } }
  func add(_ code: StatusCode) { all.withLock { $0.append(code) } }
}

/// Calls another server on behalf of its caller.
private final class Forwarding: RPCService {
  static let path = "/test.Forwarding/Echo"
  let channel: Channel
  let outcome = Mutex<StatusCode?>(nil)

  init(channel: Channel) { self.channel = channel }

  var serviceDescriptor: ServiceDescriptor {
    ServiceDescriptor(fullName: "test.Forwarding", file: bench_file, methods: [])
  }

  var methods: [Method] {
    [
      .unary(Self.path) { (request: EchoRequest, call) -> EchoReply in
        do {
          return try await self.channel.unary("/test/Echo", request, CallOptions(inheriting: call))
        } catch let error as RPCError {
          self.outcome.withLock { $0 = error.code }
          throw error
        }
      }
    ]
  }
}
