import BenchAPI
import EventLoop
import Eventually
import Glibc
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// Whatever becomes of calls and connections, nothing of them stays counted: a count that is not given back would, in
/// the end, shut out its address or everybody.
@Suite(.timeLimit(.minutes(2))) struct GaugesTests {
  private static let addresses = (1...6).map { "127.0.0.\($0)" }
  private static let rounds = 20
  private static let callsAtOnce = 25
  private static let large = 12_000
  /// Calls that each address holds all the time.
  private static let heldCalls = 5

  /// So narrow that every bound is met.
  private static var limits: RPCLimits {
    var limits = RPCLimits()
    limits.callsMax = 40  // the last quarter is not for streams, and 30 are held
    limits.callsReservedMax = 40
    limits.callsPerAddressMax = 12
    limits.requestHeadStartBytes = 4_096
    limits.connectionsMax = 128
    limits.connectionsPerAddressMax = 24
    limits.heldRequestBytesMax = 3 * large
    limits.heldRequestBytesPerAddressMax = 4 * large
    limits.heldRequestBytesInAllMax = 20 * large
    limits.requestBytesMax = 2 * large
    limits.crowdedRequestMax = .milliseconds(5)
    limits.halfClosedMax = .milliseconds(10)
    return limits
  }

  @Test func everythingIsGivenBack() async throws {
    try await BenchBackend.run(limits: Self.limits) { backend in
      let server = backend.server
      let usages = try Self.addresses.map { server.usages.connected(from: try Self.number($0)) }
      let reasons = Reasons()
      try await Self.exceedAddress(backend, reasons)
      let held = try Self.addresses.flatMap { address in
        try (0..<Self.heldCalls).map { _ in try TCPCaller(backend.address, from: address) }
      }
      for caller in held { caller.beginEcho("sleep") }
      try await eventually { server.callsInFlight == held.count }
      await withTaskGroup(of: Void.self) { group in
        for seed in 0..<3 { group.addTask { await Self.callByGRPC(backend, seed, reasons) } }
        for address in Self.addresses {
          let loop = backend.group.loops[0]  // its threads may block; those of tests may not
          group.addTask { try? await loop.offLoop { Self.callByHTTP1(backend.address, from: address) } }
        }
        await group.waitForAll()
      }
      await backend.channel.close()
      for caller in held { caller.leave() }
      try await eventually {
        server.callsInFlight == 0 && server.openConnections == 0 && server.heldRequestBytes == 0
      }
      for usage in usages {
        #expect(usage.connections.load(ordering: .relaxed) == 1, "the test's own")
        #expect(usage.calls.load(ordering: .relaxed) == 0)
        #expect(usage.reservedCalls.load(ordering: .relaxed) == 0)
        #expect(usage.requestBytes.load(ordering: .relaxed) == 0)
        server.usages.disconnected(usage)
      }
      #expect(server.usages.count == 0)
      #expect(server.arriving.load(ordering: .relaxed) == 0)
      let met = server.pressureStatistics
      #expect(met.callsOfAddress > 0 && met.streamsOfAll > 0, "the bounds were met: \(met)")
      let expected: Set = ["ADDRESS_CALLS_EXCEEDED", "REQUEST_TOO_LARGE", "REQUEST_MEMORY_EXHAUSTED"]
      #expect(reasons.seen.isSuperset(of: expected), "\(reasons.seen)")
    }
  }

  private static func number(_ address: String) throws -> UInt128 {
    let parts = address.split(separator: ".").compactMap { UInt128($0) }
    try #require(parts.count == 4)
    return parts.reduce(0xffff) { $0 << 8 | $1 }
  }

  /// Why calls were refused.
  private final class Reasons: Sendable {
    private let all = Mutex<Set<String>>([])
    var seen: Set<String> { all.withLock { $0 } }

    func note(_ result: Result<Void, any Error>) {
      guard case .failure(let error as RPCError) = result, let reason = error.reason else { return }
      all.withLock { _ = $0.insert(reason) }
    }
  }

  // MARK: Callers

  /// A call of an address that holds as many as it may, while the server has room for others.
  private static func exceedAddress(_ backend: BenchBackend, _ reasons: Reasons) async throws {
    let held = try (0..<limits.callsPerAddressMax).map { _ in try TCPCaller(backend.address, from: addresses[0]) }
    for caller in held { caller.beginEcho("sleep") }
    try await eventually { backend.server.callsInFlight == held.count }
    reasons.note(await Task { try await call(backend, kind: 0) }.result)
    for caller in held { caller.leave() }
    try await eventually { backend.server.callsInFlight == 0 }
  }

  /// Calls that end in every way, many at once.
  private static func callByGRPC(_ backend: BenchBackend, _ seed: Int, _ reasons: Reasons) async {
    for round in 0..<rounds {
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<callsAtOnce {
          let task = Task { try await call(backend, kind: (seed + round + number) % 10) }
          group.addTask {
            if number.isMultiple(of: 3) {
              try? await Task.sleep(for: .milliseconds((round + number) % 4))
              task.cancel()
            }
            reasons.note(await task.result)
          }
        }
      }
    }
  }

  private static func call(_ backend: BenchBackend, kind: Int) async throws {
    var options = CallOptions()
    switch kind {
    case 0: _ = try await backend.echo("small")
    case 1: _ = try await backend.echo("large", bytes: large)
    case 2: _ = try await backend.echo("far too large", bytes: 3 * large)
    case 3:
      options.compression = .gzip
      _ = try await backend.echo("inflates to far too much", bytes: 200_000, options: options)
    case 4:
      options.compression = .deflate
      _ = try await backend.echo("inflates", bytes: large, options: options)
    case 5: _ = try await backend.echo("sleep", bytes: large, options: CallOptions(timeout: .milliseconds(3)))
    case 6: _ = try await backend.echo("x", options: CallOptions(timeout: .nanoseconds(1)))
    case 7:
      options.timeout = .milliseconds(5)
      var events = try await backend.client.watch(WatchRequest(in: Arena()), options: options).makeAsyncIterator()
      _ = try await events.next()
    case 8: _ = try await backend.echo("details", bytes: 3_000)
    default:
      options.metadata.add("authorization", "Bearer x")
      options.timeout = .milliseconds(20)
      _ = try await backend.echo("sleep", options: options)
    }
  }

  /// Requests whole, unfinished, malformed, too large and pipelined, whose callers leave at once or wait.
  private static func callByHTTP1(_ server: ListenAddress, from address: String) {
    let unary = "POST /bench.v1.Bench/Echo HTTP/1.1\r\nHost: a\r\n"
    let json = "\(unary)Content-Type: application/json\r\n"
    let web = "\(unary)Content-Type: application/grpc-web-text\r\n"
    let body = String(repeating: "A", count: large)
    let asked: [(String, waits: Bool)] = [
      ("\(json)Content-Length: 10\r\n\r\n{\"id\":\"x\"}", true),
      ("\(json)Content-Length: 100\r\n\r\n{", false),
      ("\(json)Content-Length: \(large)\r\n\r\n\(body)", true),
      ("\(json)Content-Length: \(large)\r\n\r\n\(body.dropLast(9))", false),
      ("\(json)Content-Length: \(large * 3)\r\n\r\n\(body)\(body)\(body)", true),
      ("\(json)Transfer-Encoding: chunked\r\n\r\nffff\r\n\(body)", false),
      ("\(json)Content-Length: 14\r\n\r\n{\"id\":\"sleep\"}", false),
      ("\(json)Authorization: Bearer x\r\nContent-Length: 14\r\n\r\n{\"id\":\"sleep\"}", false),
      ("\(web)Content-Length: 8\r\n\r\nAAAAAAA=", true), ("\(web)Content-Length: 8\r\n\r\n!!!!!!!!", true),
      ("\(web)Content-Length: \(large)\r\n\r\n/////\(body.dropLast(5))", false),
      ("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", true),
      ("GET /healthz HTTP/1.1\r\nHo", false), ("nonsense\r\n\r\n", true), ("", false),
    ]
    for round in 0..<rounds {
      var open: [TCPCaller] = []
      for number in 0..<5 {
        guard let caller = try? TCPCaller(server, from: address) else { continue }
        let (text, waits) = asked[(round + number * 4) % asked.count]
        caller.send(text)
        if waits { _ = caller.receive(until: "\r\n", silenceMs: 20) } else { open.append(caller) }
      }
      withExtendedLifetime(open) {}
    }
  }
}
