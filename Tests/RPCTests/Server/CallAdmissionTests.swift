import BenchAPI
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// Which calls a server takes when an address, or everybody together, has many open.
@Suite struct CallAdmissionTests {
  private static func limits(_ change: (inout RPCLimits) -> Void) -> RPCLimits {
    var limits = RPCLimits()
    change(&limits)
    return limits
  }

  /// So many calls that do not end, each on a connection of its own.
  private static func sleepers(_ count: Int, _ backend: BenchBackend, from source: String = "127.0.0.3") async throws
    -> [TCPCaller]
  {
    let before = backend.service.started.load(ordering: .relaxed)
    let callers = try (0..<count).map { _ in
      let caller = try TCPCaller(backend.address, from: source)
      caller.beginEcho("sleep")
      return caller
    }
    try await eventually { backend.service.started.load(ordering: .relaxed) == before + count }
    return callers
  }

  private static func watch(_ backend: BenchBackend) async throws {
    for try await _ in try await backend.client.watch(WatchRequest(in: Arena())) {}
  }

  @Test func `an address has so many calls, others go on`() async throws {
    try await BenchBackend.run(limits: Self.limits { $0.callsPerAddressMax = 4 }) { backend in
      let held = try await Self.sleepers(4, backend, from: "127.0.0.1")
      let error = await #expect(throws: RPCError.self) { _ = try await backend.echo("one more").id }
      #expect(error?.code == .resourceExhausted)
      #expect(error?.reason == "ADDRESS_CALLS_EXCEEDED")
      let other = try TCPCaller(backend.address, from: "127.0.0.2")
      other.beginEcho("x")
      #expect(other.receive(until: "\"x\"").hasPrefix("HTTP/1.1 200 "))
      #expect(other.get("/healthz") == "HTTP/1.1 200 OK")
      #expect(backend.server.pressureStatistics.callsOfAddress == 1)
      withExtendedLifetime(held) {}
    }
  }

  @Test func `calls that ended are open no more`() async throws {
    let limits = Self.limits {
      $0.callsPerAddressMax = 1
      $0.halfClosedMax = .milliseconds(10)
    }
    try await BenchBackend.run(limits: limits) { backend in
      for number in 0..<50 { #expect(try await backend.echo("\(number)").id.string == "\(number)") }
      do {
        let held = try await Self.sleepers(1, backend, from: "127.0.0.1")
        await expect(.resourceExhausted) { _ = try await backend.echo("one more") }
        withExtendedLifetime(held) {}
      }
      try await eventually { backend.server.callsInFlight == 0 }
      #expect(try await backend.echo("again").id == "again")
    }
  }

  @Test func `addresses of many have no bound of their own`() async throws {
    let limits = Self.limits {
      $0.callsPerAddressMax = 1
      $0.connectionsPerAddressMax = 1
    }
    try await BenchBackend.run(limits: limits, isShared: { $0 == 0xffff_7f00_0003 }) { backend in
      let held = try await Self.sleepers(5, backend)
      #expect(backend.server.usages.count <= 1)
      withExtendedLifetime(held) {}
    }
  }

  @Test func `the last quarter is for single calls`() async throws {
    try await BenchBackend.run(limits: Self.limits { $0.callsMax = 8 }) { backend in
      let held = try await Self.sleepers(6, backend)
      let error = await #expect(throws: RPCError.self) { try await Self.watch(backend) }
      #expect(error?.code == .unavailable)
      #expect(error?.reason == "SERVER_FULL")
      #expect(try await backend.echo("one").id == "one")
      #expect(backend.server.pressureStatistics.streamsOfAll == 1)
      withExtendedLifetime(held) {}
    }
  }

  @Test func `a full server still serves routes, health and who shows credentials`() async throws {
    let health = HealthRegistry(services: [])
    let services = StandardServices.added(to: [], files: [], health: health)
    try await BenchBackend.run(limits: Self.limits { $0.callsMax = 2 }, services: services) { backend in
      let held = try await Self.sleepers(2, backend)
      let error = await #expect(throws: RPCError.self) { _ = try await backend.echo("a guest").id }
      #expect(error?.reason == "SERVER_FULL")
      #expect(try TCPCaller(backend.address).get("/healthz") == "HTTP/1.1 200 OK")
      #expect(try await HealthClient(backend.channel).check(HealthCheckRequest(in: Arena())).status == .serving)
      var options = CallOptions()
      options.metadata.add("authorization", "Bearer x")
      #expect(try await backend.echo("staff", options: options).id == "staff")
      withExtendedLifetime(held) {}
    }
  }

  @Test func `the reserve is not one address's`() async throws {
    let limits = Self.limits {
      $0.callsMax = 1
      $0.callsReservedMax = 20
    }
    try await BenchBackend.run(limits: limits) { backend in
      let held = try await Self.sleepers(1, backend)
      let fields = "Authorization: Bearer x\r\n"
      let staff = try (0..<2).map { _ in try TCPCaller(backend.address) }
      for caller in staff { caller.beginEcho("sleep", fields: fields) }
      try await eventually { backend.server.callsInFlight == 3 }
      let third = try TCPCaller(backend.address)
      third.beginEcho("x", fields: fields)
      #expect(third.receive(until: "\n\n").hasPrefix("HTTP/1.1 503 "))
      #expect(try TCPCaller(backend.address, from: "127.0.0.2").get("/healthz") == "HTTP/1.1 200 OK")
      withExtendedLifetime((held, staff)) {}
    }
  }

  @Test func `where few calls are left, requests arrive soon`() async throws {
    let limits = Self.limits {
      $0.callsMax = 8
      $0.crowdedRequestMax = .milliseconds(50)
    }
    try await BenchBackend.run(limits: limits) { backend in
      let held = try await Self.sleepers(6, backend)
      let slow = try TCPCaller(backend.address)
      slow.beginUnfinishedEcho()
      #expect(slow.receive(until: "SERVER_FULL").hasPrefix("HTTP/1.1 503 "))
      #expect(backend.server.pressureStatistics.slowRequests == 1)
      withExtendedLifetime(held) {}
    }
  }
}
