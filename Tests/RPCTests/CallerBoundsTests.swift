import BenchAPI
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// The small values that decide when a caller has gone too far.
@Suite struct CallerBoundsTests {
  @Test func headerBlocksStopAtFourTimesTheLimit() {
    var limits = RPCLimits()
    limits.headerBytesMax = 1_000
    limits.headerCountMax = 10
    var size = HeaderBlockSize(limits)
    func add(_ nameLength: Int, _ valueLength: Int) -> Bool { size.add(nameLength, valueLength) }
    #expect(add(1, 4_000 - 33))
    #expect(!add(0, 0))
    size.begin()
    for _ in 0..<40 { #expect(add(1, 1)) }
    #expect(!add(1, 1))
  }

  @Test func whoMovesNothingHasStalled() {
    var since: Int64 = 0
    let limit = Duration.seconds(10)
    func look(_ second: Int64, owes: Bool = true) -> Bool {
      StallWatch.look(since: &since, owes: owes, limit: limit, now: second * 1_000_000_000)
    }
    #expect(!look(1))
    #expect(!look(10))
    #expect(look(11))
    since = 0  // a byte came
    #expect(!look(12))
    #expect(!look(21))
    #expect(!look(22, owes: false))
    #expect(!look(23))
    #expect(!look(32))
    #expect(look(33))
  }

  @Test func unreadResponsesAreCountedNowAndThen() {
    var unread = UnreadResponses()
    var counts = 0
    func takes(_ length: Int, waiting: Int) -> Bool {
      unread.takes(length, max: 10_000_000) {
        counts += 1
        return waiting
      }
    }
    #expect(takes(1_000, waiting: 20_000_000))
    #expect(counts == 0)
    #expect(!takes(5_000_000, waiting: 20_000_000))
    #expect(!takes(1, waiting: 20_000_000))
    #expect(takes(1, waiting: 0))
    #expect(takes(1, waiting: 20_000_000))
    #expect(counts == 3)
  }

  /// What may still come when nobody has taken the beginning: a connection's requests together.
  @Test func requestsOfOneConnectionAreBoundedTogether() async throws {
    var limits = RPCLimits()
    limits.heldRequestBytesMax = 100_000
    try await BenchBackend.run(limits: limits) { backend in
      let asleep = (0..<4).map { _ in Task { try await backend.echo("sleep", bytes: 24_000).id.string } }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 4 }
      await expect(.resourceExhausted) { _ = try await backend.echo("one more", bytes: 24_000) }
      for task in asleep { task.cancel() }
      try await eventually { backend.server.callsInFlight == 0 }
      #expect(try await backend.echo("again", bytes: 24_000).payload.count == 24_000)
    }
  }

  @Test func callsAreBoundedTogether() async throws {
    var limits = RPCLimits()
    limits.callsMax = 2
    try await BenchBackend.run(limits: limits) { backend in
      let asleep = (0..<2).map { _ in Task { try await backend.echo("sleep").id.string } }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 2 }
      await expect(.unavailable) { _ = try await backend.echo("one more") }
      for task in asleep { task.cancel() }
      try await eventually { backend.server.callsInFlight == 0 }
      #expect(try await backend.echo("again").id == "again")
    }
  }
}
