import BenchAPI
import EventLoop
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// What a connection's calls may hold together is bounded by making callers wait, not by refusing them.
@Suite struct BackPressureTests {
  private static let large = 200_000

  private static func limits(held: Int) -> RPCLimits {
    var limits = RPCLimits()
    limits.heldRequestBytesMax = held
    return limits
  }

  /// None of these fits beside another, and all of them are answered.
  @Test func requestsThatAreTooManyTogetherComeOneAfterAnother() async throws {
    try await BenchBackend.run(limits: Self.limits(held: 250_000)) { backend in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<40 {
          group.addTask { try await backend.echo("\(number)", bytes: Self.large).payload.count }
        }
        for try await count in group { #expect(count == Self.large) }
      }
    }
  }

  /// Those that wait are not heard to the end before there is room, and what has no need of room does not wait.
  @Test func aLargeRequestWaitsWhileOthersAreHandled() async throws {
    try await BenchBackend.run(limits: Self.limits(held: 450_000)) { backend in
      let asleep = (0..<2).map { _ in Task { try await backend.echo("sleep", bytes: Self.large).id.string } }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 2 }
      let third = Task { try await backend.echo("third", bytes: Self.large).id.string }
      try await eventually { backend.server.callsInFlight == 3 }
      for number in 0..<20 { #expect(try await backend.echo("\(number)", bytes: 10_000).id == "\(number)") }
      #expect(backend.service.started.load(ordering: .relaxed) == 22)
      asleep[0].cancel()
      #expect(try await third.value == "third")
      asleep[1].cancel()
      for task in asleep { await expect(.cancelled) { _ = try await task.value } }
    }
  }

  /// Calls whose requests have come, and whose handlers have not started.
  private static func callsReady(_ backend: BenchBackend) async -> Int {
    var count = 0
    for (loop, registry) in zip(backend.group.loops, backend.server.registries) {
      count += await Task(executorPreference: loop) { registry.value.all.reduce(0) { $0 + $1.ready.count } }.value
    }
    return count
  }

  /// Who waits may go, and its deadline may pass; others take its place in the line.
  @Test func whoWaitsMayLeave() async throws {
    try await BenchBackend.run(limits: Self.limits(held: 250_000)) { backend in
      let asleep = Task { try await backend.echo("sleep", bytes: Self.large).id.string }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 1 }
      let leaving = Task { try await backend.echo("leaves", bytes: Self.large).id.string }
      try await eventually { backend.server.callsInFlight == 2 }
      let late = Task {
        try await backend.echo("late", bytes: Self.large, options: CallOptions(timeout: .milliseconds(50))).id.string
      }
      await expect(.deadlineExceeded) { _ = try await late.value }
      let last = Task { try await backend.echo("last", bytes: Self.large).id.string }
      leaving.cancel()
      await expect(.cancelled) { _ = try await leaving.value }
      asleep.cancel()
      #expect(try await last.value == "last")
      try await eventually { backend.server.callsInFlight == 0 }
    }
  }

  /// A caller that does not read what it asked for is not served more until it does.
  @Test func callsWaitUntilTheirCallerReads() async throws {
    var limits = RPCLimits()
    limits.unreadResponseBytesMax = 100_000
    let flood = Flood()
    try await BenchBackend.run(limits: limits, services: [flood]) { backend in
      var unread: [ClientResponseStream<EchoReply>] = []
      for _ in 0..<2 {
        unread.append(try await backend.channel.serverStreaming(Flood.path, EchoRequest(in: Arena())))
      }
      // What is beyond the windows is unread: more than the limit.
      let unreadBytes = limits.unreadResponseBytesMax * 11 / 10
      let sentBytes = unread.count * ChannelOptions().limits.streamWindowBytes + unreadBytes
      try await eventually { flood.sentBytes >= sentBytes }
      let echo = Task { try await backend.echo("waits", bytes: 10).id.string }
      try await eventually { await Self.callsReady(backend) == 1 }
      #expect(backend.service.started.load(ordering: .relaxed) == 0)
      for stream in unread { stream.cancel() }
      #expect(try await echo.value == "waits")
    }
  }

  /// However many connections an address has, what it leaves unread is bounded; who reads is served beside that.
  @Test func anAddressLeavesNoMoreUnreadOnAllItsConnections() async throws {
    var limits = RPCLimits()
    limits.unreadResponseBytesPerAddressMax = ResponseMemory.addressBytesMin
    try await BenchBackend.run(limits: limits, services: [Flood()]) { backend in
      let channels = (0..<8).map { _ in Channel(backend.address, on: backend.group.loops[0]) }
      var unread: [ClientResponseStream<EchoReply>] = []
      for number in 0..<80 {
        let channel = channels[number % channels.count]
        unread.append(try await channel.serverStreaming(Flood.path, EchoRequest(in: Arena())))
      }
      try await eventually { backend.server.callsInFlight < unread.count }
      #expect(backend.server.unreadResponseBytes <= ResponseMemory.addressBytesMin)
      #expect(try await backend.echo("reads", bytes: 10).id == "reads")
      for channel in channels { await channel.close() }
      try await eventually { backend.server.unreadResponseBytes == 0 }
      withExtendedLifetime(unread) {}
    }
  }

  /// Readers leave nothing behind in the count of what is unread.
  @Test func whatIsReadIsNotCounted() async throws {
    try await BenchBackend.run { backend in
      let calls = (0..<50).map { _ in Task { try await backend.echo("read", bytes: Self.large).id.string } }
      for call in calls { #expect(try await call.value == "read") }
      try await eventually { backend.server.unreadResponseBytes == 0 }
    }
  }

  /// A caller that has not read is gone: its calls that could not start yet are done with, as are those that had.
  @Test func callsThatWaitToStartGoWithTheirCaller() async throws {
    var limits = RPCLimits()
    limits.unreadResponseBytesMax = 100_000
    let flood = Flood()
    try await BenchBackend.run(limits: limits, services: [flood]) { backend in
      let leaving = Channel(backend.address, on: backend.group.loops[0])
      let sentBytes = 2 * ChannelOptions().limits.streamWindowBytes + 110_000
      var unread: [ClientResponseStream<EchoReply>] = []
      for _ in 0..<2 {
        unread.append(try await leaving.serverStreaming(Flood.path, EchoRequest(in: Arena())))
      }
      try await eventually { flood.sentBytes >= sentBytes }
      let waiting = (0..<5).map { _ in Task { _ = try await BenchClient(leaving).echo(EchoRequest(in: Arena())) } }
      try await eventually { await Self.callsReady(backend) == 5 }
      #expect(backend.service.started.load(ordering: .relaxed) == 0)
      await leaving.close()
      for call in waiting { await expect(.unavailable) { try await call.value } }
      try await eventually { backend.server.callsInFlight == 0 }
      #expect(backend.service.started.load(ordering: .relaxed) == 0)
      #expect(try await backend.echo("another").id == "another")
      withExtendedLifetime(unread) {}
    }
  }
}

/// A service that sends as long as it may.
private final class Flood: RPCService {
  static let path = "/test.Flood/Flood"
  private static let payloadBytes = 1_000
  private let sent = Atomic<Int>(0)

  /// Of all its streams, without what stands before each message.
  var sentBytes: Int { sent.load(ordering: .relaxed) * Self.payloadBytes }

  var serviceDescriptor: ServiceDescriptor {
    ServiceDescriptor(fullName: "test.Flood", file: bench_file, methods: [])
  }

  var methods: [Method] {
    [
      .serverStreaming(Self.path) { (_: EchoRequest, responses: ResponseStream<EchoReply>, call) in
        while true {
          let reply = EchoReply(in: responses.arena)
          reply.payload = Bytes(repeatElement(7, count: Self.payloadBytes), in: reply.storage.arena)
          try await responses.send(reply)
          self.sent.add(1, ordering: .relaxed)
        }
      }
    ]
  }
}
