import BenchAPI
import EventLoop
import Eventually
import Glibc
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// Which connections a server takes, and which make way for them.
@Suite struct ConnectionAdmissionTests {
  private static let connectionsMax = 64
  /// From here on, idle ones make way; from ``connectionsTight`` on, also those that have just come.
  private static let connectionsCrowded = 48
  private static let connectionsTight = 56

  private static func limits(_ change: (inout RPCLimits) -> Void = { _ in }) -> RPCLimits {
    var limits = RPCLimits()
    limits.connectionsMax = connectionsMax
    change(&limits)
    return limits
  }

  @Test func `an address has so many connections, others go on`() async throws {
    try await BenchBackend.run(limits: Self.limits { $0.connectionsPerAddressMax = 3 }) { backend in
      let held = try (0..<3).map { _ in try TCPCaller(backend.address) }
      #expect(held.map { $0.get("/healthz") } == Array(repeating: "HTTP/1.1 200 OK", count: 3))
      let fourth = try TCPCaller(backend.address)
      try await eventually { fourth.isClosed }
      #expect(try TCPCaller(backend.address, from: "127.0.0.2").get("/healthz") == "HTTP/1.1 200 OK")
      #expect(backend.server.pressureStatistics.connectionsOfAddress == 1)
      withExtendedLifetime(held) {}
    }
  }

  @Test func `idle connections make way, those without a call first, then the oldest; busy ones stay`() async throws {
    try await BenchBackend.run(loops: 1, limits: Self.limits()) { backend in
      let busy = try TCPCaller(backend.address)
      busy.beginEcho("hold")
      let used = try TCPCaller(backend.address)
      #expect(used.get("/healthz") == "HTTP/1.1 200 OK")
      let silent = try (0..<200).map { try TCPCaller(backend.address, from: Self.source($0)) }
      try await eventually { backend.server.pressureStatistics.idleConnectionsClosed >= 202 - Self.connectionsMax }
      try await eventually { silent[0].isClosed }
      #expect(backend.server.openConnections <= Self.connectionsMax)
      #expect(backend.server.pressureStatistics.idleConnectionsClosed <= 202 - Self.connectionsCrowded)
      backend.service.isReleased.store(true, ordering: .relaxed)
      #expect(busy.receive(until: "hold").hasPrefix("HTTP/1.1 200 "))
      #expect(used.get("/healthz") == "HTTP/1.1 200 OK")
      #expect(backend.server.pressureStatistics.connectionsOfAll == 0)
    }
  }

  @Test func `where all are busy, newcomers are refused and nobody is closed`() async throws {
    try await BenchBackend.run(loops: 2, limits: Self.limits()) { backend in
      let busy = try await Self.sleepers(Self.connectionsMax, backend)
      let late = try TCPCaller(backend.address, from: "127.0.0.2")
      try await eventually { late.isClosed }
      #expect(busy.allSatisfy { !$0.isClosed })
      #expect(backend.server.pressureStatistics.connectionsOfAll == 1)
      #expect(backend.server.pressureStatistics.idleConnectionsClosed == 0)
    }
  }

  @Test func `where all are busy, the caller with most makes way for a newcomer`() async throws {
    try await BenchBackend.run(loops: 2, limits: Self.limits()) { backend in
      let ofMany = try await Self.sleepers(Self.connectionsTight, backend) { "127.0.3.\($0 / 8 + 1)" }
      let alone = try await Self.sleepers(Self.connectionsMax - Self.connectionsTight, backend)
      try await eventually {
        try TCPCaller(backend.address, from: "127.0.0.2").get("/healthz") == "HTTP/1.1 200 OK"
      }
      #expect(ofMany.contains { $0.isClosed } && alone.allSatisfy { !$0.isClosed })
    }
  }

  @Test func `a caller that only leaves a request unfinished makes way as well`() async throws {
    try await BenchBackend.run(loops: 2, limits: Self.limits()) { backend in
      let busy = try await Self.sleepers(10, backend)
      let slow = try (10..<200).map { number in
        let caller = try TCPCaller(backend.address, from: Self.source(number))
        caller.beginUnfinishedEcho()
        return caller
      }
      try await eventually {
        let newcomer = try TCPCaller(backend.address, from: "127.0.0.2")
        return newcomer.get("/healthz") == "HTTP/1.1 200 OK"
          && backend.server.pressureStatistics.idleConnectionsClosed > 0
      }
      #expect(busy.allSatisfy { !$0.isClosed })
      withExtendedLifetime(slow) {}
    }
  }

  @Test func `the last places are for addresses with few connections`() async throws {
    let few = 8
    try await BenchBackend.run(loops: 1, limits: Self.limits { $0.connectionsPerAddressMax = .max }) { backend in
      let many = try await Self.sleepers(few, backend) { _ in "127.0.0.9" }
      let others = try await Self.sleepers(Self.connectionsTight - few, backend)
      let ninth = try TCPCaller(backend.address, from: "127.0.0.9")
      try await eventually { ninth.isClosed }
      #expect(try TCPCaller(backend.address, from: "127.0.0.2").get("/healthz") == "HTTP/1.1 200 OK")
      withExtendedLifetime((many, others)) {}
    }
  }

  @Test func `idle connections of another loop make way, too`() async throws {
    let limits = Self.limits { $0.crowdedIdleMin = .zero }
    try await BenchBackend.run(loops: 2, limits: limits) { backend in
      // They are dealt out in turn: those of the first loop are busy, those of the other one idle.
      var held: [TCPCaller] = []
      for number in 0..<Self.connectionsCrowded {
        if number.isMultiple(of: 2) {
          held += try await Self.sleepers(1, backend) { _ in Self.source(number) }
        } else {
          held.append(try TCPCaller(backend.address, from: Self.source(number)))
          #expect(held[number].get("/healthz") == "HTTP/1.1 200 OK")
        }
      }
      // On the first loop, whose own are all busy.
      let first = try TCPCaller(backend.address, from: "127.0.2.1")
      #expect(first.get("/healthz") == "HTTP/1.1 200 OK")
      try await eventually { backend.server.pressureStatistics.idleConnectionsClosed > 0 }
      for number in stride(from: 0, to: held.count, by: 2) { #expect(!held[number].isClosed) }
    }
  }

  private static func source(_ number: Int) -> String { "127.0.1.\(1 + number)" }

  /// So many callers, one after another, each with a call that does not end.
  private static func sleepers(
    _ count: Int, _ backend: BenchBackend, from source: (Int) -> String = source
  ) async throws -> [TCPCaller] {
    var callers: [TCPCaller] = []
    for number in 0..<count {
      let before = backend.service.started.load(ordering: .relaxed)
      let caller = try TCPCaller(backend.address, from: source(number))
      caller.beginEcho("sleep")
      try await eventually { backend.service.started.load(ordering: .relaxed) == before + 1 }
      callers.append(caller)
    }
    return callers
  }

  /// As when the system has no memory for one more descriptor to be watched. What looks for stalls must not begin.
  @Test func `a connection that cannot be watched is forgotten`() async throws {
    let limits = Self.limits { $0.requestStallMax = .milliseconds(2) }
    try await BenchBackend.run(limits: limits) { backend in
      for _ in 0..<4 {
        let file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC)  // no socket, and none that epoll takes
        try #require(file >= 0)
        backend.server.serve(connected: file)
      }
      try await eventually { backend.server.openConnections == 0 }
      // A timer of a sweep that had begun would fire on its loop before this one does.
      for loop in backend.group.loops { try await loop.sleep(for: .milliseconds(20)) }
      #expect(try await backend.echo("still here").id == "still here")
    }
  }
}
