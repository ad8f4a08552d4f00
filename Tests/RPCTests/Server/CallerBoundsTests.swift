import BenchAPI
import Eventually
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

  @Test func unreadResponsesAreCountedOnlyWhenThereMayBeTooMany() {
    let total = HeldBytes(RequestMemoryBounds(addressBytesMax: 1 << 20, allBytesMax: 1 << 30))
    var unread = UnreadResponses(bytesMax: 1_000, memory: ResponseMemory(of: PeerUsage(key: 1), in: total))
    var counts = 0
    func count(_ waiting: Int) -> Int {
      counts += 1
      return waiting
    }
    func take(_ length: Int, waiting: Int) -> Bool { unread.take(length) { count(waiting) } }
    func mayStartCalls(waiting: Int) -> Bool { unread.mayStartCalls { count(waiting) } }
    #expect(take(900, waiting: 0))
    #expect(mayStartCalls(waiting: 0))
    #expect(counts == 0)
    #expect(take(900, waiting: 0))
    #expect(!mayStartCalls(waiting: 1_800))
    #expect(mayStartCalls(waiting: 900))
    #expect(counts == 2)
    #expect(take(2_000, waiting: 0))
    #expect(!take(1, waiting: 2_900))
    #expect(take(1, waiting: 100))
    #expect(counts == 4)
  }

  @Test func whatIsUnreadIsBoundedByAddressAndInAll() {
    let mib = 1 << 20
    let total = HeldBytes(RequestMemoryBounds(addressBytesMax: 10 * mib, allBytesMax: 40 * mib))
    let usage = PeerUsage(key: 1)
    func connection(of usage: PeerUsage) -> UnreadResponses {
      UnreadResponses(bytesMax: 64 * mib, memory: ResponseMemory(of: usage, in: total))
    }
    var first = connection(of: usage)
    var second = connection(of: usage)
    #expect(first.take(6 * mib) { 0 } && !second.take(6 * mib) { 0 })
    var another = connection(of: PeerUsage(key: 2))
    #expect(another.take(9 * mib) { 0 }, "another address has room")
    first.countIn(100)
    #expect(second.take(6 * mib) { 0 }, "what has been read is not held")
    var ofMany = connection(of: PeerUsage(key: nil))
    #expect(ofMany.take(20 * mib) { 0 }, "a proxy carries the calls of many")
    #expect(!second.take(mib) { 6 * mib } && !ofMany.take(6 * mib) { 20 * mib })
    var little = connection(of: PeerUsage(key: 3))
    #expect(little.take(mib) { 0 }, "a caller that leaves little unread is served")
    #expect(total.bytes.load(ordering: .relaxed) == 36 * mib)
    for var each in [first, second, another, ofMany, little] { each.countIn(0) }
    #expect(total.bytes.load(ordering: .relaxed) == 0)
  }

  @Test func oneLargeRequestMayAlwaysCome() {
    var requests = RequestBudget(bytesMax: 100)
    func room(_ rest: Int) -> Bool { requests.hasRoom(for: rest) }
    #expect(room(1_000))
    requests.hold(60)
    requests.promise(30)
    #expect(room(10))
    #expect(!room(11))
    requests.release(90, wasPromised: true)
    #expect(room(1_000))
    requests.promise(1_000)
    #expect(!room(1))
    requests.release(1_000, wasPromised: true)
    #expect(room(100))
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
