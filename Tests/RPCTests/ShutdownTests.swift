import EventLoop
import Eventually
import Glibc
import Synchronization
import Testing

@testable import RPC

/// A server that stops: nobody whom the kernel has taken in is cut off without a word.
@Suite(.timeLimit(.minutes(2))) struct ShutdownTests {
  /// More than a listener accepts in one turn.
  private static let waiting = 200

  @Test(
    "those who wait in the backlog are accepted before the socket closes, unless another program accepts them",
    arguments: [(isHandedOver: false, accepted: 200), (true, 0)])
  func waitingCallers(isHandedOver: Bool, accepted: Int) async throws {
    let group = EventLoopGroup(count: 1)
    let socket = try ListeningSocket(on: .clearText(.tcp(host: "127.0.0.1", port: 0)), sharesPort: false)
    try socket.listen()
    let other = try socket.copy()
    let callers = try (0..<Self.waiting).map { _ in try TCPCaller(socket.bound) }
    let taken = Taken()
    await withCheckedContinuation { (closed: CheckedContinuation<Void, Never>) in
      group.loops[0].execute { [loop = group.loops[0]] in
        let listener = Listener(socket, loop: loop, accept: taken.add, isBusy: { true }, exhausted: {})
        listener.close(isHandedOver: isHandedOver) { closed.resume() }
      }
    }
    #expect(taken.count == accepted)
    #expect(callers.allSatisfy { !$0.isClosed })
    other.closeAndRemove()
    taken.close()
    group.shutdown()
  }

  private final class Taken: Sendable {
    private let descriptors = Mutex<[Int32]>([])
    var count: Int { descriptors.withLock { $0.count } }
    @Sendable func add(_ fd: Int32) { descriptors.withLock { $0.append(fd) } }
    func close() { for fd in descriptors.withLock({ $0 }) { _ = Glibc.close(fd) } }
  }

  /// Whether the server has accepted the callers before it stops, or finds them in the backlog.
  @Test("a caller that speaks after the server has begun to stop is told to go elsewhere", arguments: [true, false])
  func lateWords(isAccepted: Bool) async throws {
    var lifetime = ConnectionLifetime()
    lifetime.goingAwayNoticeMax = .seconds(60)
    try await BenchBackend.run(loops: 1, lifetime: lifetime) { backend in
      let loop = backend.group.loops[0]
      let goesOn = ThreadGate()
      if !isAccepted { loop.execute { goesOn.wait() } }
      let (ofHTTP2, ofHTTP1) = (try TCPCaller(backend.address), try TCPCaller(backend.address))
      if isAccepted { try await eventually { backend.server.openConnections == 2 } }
      let stop = Task { await backend.server.shutdown(grace: .seconds(60)) }
      try await eventually { backend.server.isDraining }
      goesOn.open()
      try await eventually { await Self.leaving(backend) == 2 }

      ofHTTP2.send(Frame.preface)
      let first = Frame.all(
        in: ofHTTP2.receive { Set([Frame.ping, Frame.goAway]).isSubset(of: Frame.all(in: $0).map(\.kind)) }.bytes)
      #expect(first.first?.kind == Frame.settings)
      #expect(first.last { $0.kind == Frame.goAway }?.lastStreamID == 0x7fff_ffff)
      let asked = try #require(first.first { $0.kind == Frame.ping }).payload
      ofHTTP2.send(Frame(kind: Frame.ping, flags: Frame.acknowledged, payload: asked).bytes)
      let (last, end) = ofHTTP2.receive { _ in false }
      #expect(Frame.all(in: last).last { $0.kind == Frame.goAway }?.lastStreamID == 0)
      #expect(end == 0, "the connection was reset")

      ofHTTP1.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
      let (answer, closed) = ofHTTP1.receive { _ in false }
      #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(closed == 0)
      withExtendedLifetime(ofHTTP1) {}
      ofHTTP2.leave()
      ofHTTP1.leave()
      await stop.value
    }
  }

  @Test func `a caller of HTTP 1 that waits between requests may send one more after the server has begun to stop`()
    async throws
  {
    var lifetime = ConnectionLifetime()
    lifetime.goingAwayNoticeMax = .seconds(60)
    try await BenchBackend.run(loops: 1, lifetime: lifetime) { backend in
      let caller = try TCPCaller(backend.address)
      let (first, _) = Self.ask(caller) { $0.contains("\r\n\r\n") }
      #expect(first.hasPrefix("HTTP/1.1 200 OK\r\n") && !first.contains("connection: close"))
      let stop = Task { await backend.server.shutdown(grace: .seconds(60)) }
      try await eventually { await Self.leaving(backend) == 1 }
      #expect(!caller.isClosed)
      let (last, end) = Self.ask(caller) { _ in false }
      #expect(last.hasPrefix("HTTP/1.1 200 OK\r\n") && last.contains("connection: close\r\n"))
      #expect(end == 0)
      caller.leave()
      await stop.value
    }
  }

  private static func ask(_ caller: TCPCaller, until isEnough: (String) -> Bool) -> (answer: String, end: Int32?) {
    caller.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    let (bytes, end) = caller.receive { isEnough(String(decoding: $0, as: UTF8.self)) }
    return (String(decoding: bytes, as: UTF8.self), end)
  }

  @Test func `a caller of HTTP 1 that sends nothing more does not hold up the end`() async throws {
    var lifetime = ConnectionLifetime()
    lifetime.goingAwayNoticeMax = .milliseconds(10)
    try await BenchBackend.run(loops: 1, lifetime: lifetime) { backend in
      let caller = try TCPCaller(backend.address)
      _ = Self.ask(caller) { $0.contains("\r\n\r\n") }
      let stop = Task { await backend.server.shutdown(grace: .seconds(3_600)) }
      #expect(caller.receive { _ in false }.end == 0)
      caller.leave()
      await stop.value
    }
  }

  @Test func `a caller that never says a word does not hold up the end`() async throws {
    var lifetime = ConnectionLifetime()
    lifetime.goingAwayNoticeMax = .milliseconds(10)
    try await BenchBackend.run(loops: 1, lifetime: lifetime) { backend in
      let silent = try TCPCaller(backend.address)
      await backend.server.shutdown(grace: .seconds(3_600))
      #expect(silent.receive { _ in false }.end == 0)
    }
  }

  /// Connections that know that they are to leave.
  private static func leaving(_ backend: BenchBackend) async -> Int {
    await Task(executorPreference: backend.group.loops[0]) {
      backend.server.registries[0].value.all.count { $0.isDraining }
    }.value
  }
}

/// Holds a thread until it is opened.
private final class ThreadGate: Sendable {
  private let isOpen = Atomic<Bool>(false)
  func open() { isOpen.store(true, ordering: .releasing) }
  func wait() { while !isOpen.load(ordering: .acquiring) { usleep(1_000) } }
}

/// A frame of HTTP/2 (RFC 9113, section 4.1) on stream 0.
private struct Frame {
  static let (settings, ping, goAway): (UInt8, UInt8, UInt8) = (4, 6, 7)
  static let acknowledged: UInt8 = 1
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Frame(kind: settings).bytes

  var kind: UInt8
  var flags: UInt8 = 0
  var payload: [UInt8] = []

  var bytes: [UInt8] { [0, 0, UInt8(payload.count), kind, flags, 0, 0, 0, 0] + payload }
  var lastStreamID: Int { payload.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

  static func all(in bytes: [UInt8]) -> [Frame] {
    var found: [Frame] = []
    var rest = bytes[...]
    while rest.count >= 9 {
      let length = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) }
      let (head, payload) = (Array(rest.prefix(9)), rest.dropFirst(9).prefix(length))
      guard payload.count == length else { break }
      found.append(Frame(kind: head[3], flags: head[4], payload: Array(payload)))
      rest = rest.dropFirst(9 + length)
    }
    return found
  }
}
