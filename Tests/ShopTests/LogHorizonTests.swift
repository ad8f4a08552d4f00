import Testing

@testable import Platform

@Suite struct LogHorizonTests {
  @Test(
    arguments: [
      ("nothing there", [], 0, 0),
      ("all there", [1, 2, 3], 3, 3),
      ("one is missing", [1, 2, 4, 5], 2, 2),
      ("the first is missing", [2, 3], 0, 0),
    ] as [(String, [Int64], Int, Int64)])
  func onlyWhatNothingPrecedesIsAdmitted(name: String, found: [Int64], admitted: Int, seq: Int64) {
    var horizon = LogHorizon(seq: 0)
    #expect(horizon.admit(found, isComplete: true) == admitted)
    #expect(horizon.seq == seq)
  }

  @Test func aFenceTellsWhatIsMissingForGood() {
    var horizon = LogHorizon(seq: 0)
    #expect(horizon.admit([1, 3, 5], isComplete: true) == 1)
    #expect(horizon.needsFence(upTo: 4))
    horizon.setFence(upTo: 4, writers: writers("a", "b"))
    #expect(!horizon.needsFence(upTo: 4))
    horizon.see(writers("b", "c"))  // one of those who may hold the number still writes
    #expect(horizon.admit([3, 5], isComplete: true) == 0)
    horizon.see(writers("c"))
    #expect(horizon.admit([3, 5], isComplete: true) == 2)  // 2 and 4 will never come; 5 follows on 4
    #expect(horizon.seq == 5)
  }

  @Test func theLastNumberThatThereIsOverflowsNothing() {
    var horizon = LogHorizon(seq: .max - 1)
    #expect(horizon.admit([.max], isComplete: true) == 1)
    #expect(horizon.admit([], isComplete: true) == 0 && horizon.seq == .max)
    var fenced = LogHorizon(seq: 0)
    fenced.setFence(upTo: .max, writers: writers())
    fenced.see(writers())
    #expect(fenced.admit([1, .max], isComplete: true) == 2 && fenced.seq == .max)
  }

  @Test func aNumberBehindTheFenceIsWaitedFor() {
    var horizon = LogHorizon(seq: 0)
    #expect(horizon.admit([2], isComplete: true) == 0)
    horizon.setFence(upTo: 2, writers: writers())
    horizon.see(writers())
    #expect(horizon.admit([2, 4], isComplete: true) == 1)
    #expect(horizon.seq == 2)
    #expect(horizon.needsFence(upTo: 4))
  }

  @Test func numbersThatWereGivenOutLastAndNeverUsedArePassed() {
    var horizon = LogHorizon(seq: 10)
    #expect(horizon.needsFence(upTo: 12))
    horizon.setFence(upTo: 12, writers: writers("a"))
    horizon.see(writers())
    #expect(horizon.admit([], isComplete: true) == 0)
    #expect(horizon.seq == 12)
  }

  /// A transaction that is prepared for a second phase has another id than it had as a writer.
  @Test func whatIsPreparedMayHoldTheNumber() {
    var horizon = LogHorizon(seq: 0)
    horizon.setFence(upTo: 1, writers: writers("a"))
    horizon.see(LogWriters(open: [], hasPrepared: true))
    #expect(horizon.admit([2], isComplete: true) == 0)
    horizon.see(writers())
    #expect(horizon.admit([2], isComplete: true) == 1)
  }

  @Test func whatAFullPageLeftOutIsNotPassed() {
    var horizon = LogHorizon(seq: 0)
    horizon.setFence(upTo: 10, writers: writers())
    horizon.see(writers())
    #expect(horizon.admit([2, 3], isComplete: false) == 2)
    #expect(horizon.seq == 3)
    #expect(horizon.admit([7, 9], isComplete: true) == 2)
    #expect(horizon.seq == 10)
  }

  private func writers(_ ids: String...) -> LogWriters { LogWriters(open: Set(ids), hasPrepared: false) }

  /// Writers lock the table, then take a number, then commit or roll back, in any interleaving.
  @Test(arguments: 0..<200)
  func nothingIsMissedWhateverTheOrderOfCommits(seed: UInt64) {
    var world = LogSimulation(seed: seed)
    for _ in 0..<400 { world.step() }
    world.finish()
    #expect(world.delivered == world.committed.sorted())
  }
}

/// A database whose transactions come and go, and a reader of its log.
private struct LogSimulation {
  private struct Writer {
    let id: Int
    var number: Int64?
  }

  private var random: SeededRandom
  private var writers: [Writer] = []
  private var lastID = 0
  private var last: Int64 = 0
  private(set) var committed: [Int64] = []
  private(set) var delivered: [Int64] = []
  private var horizon = LogHorizon(seq: 0)

  init(seed: UInt64) { random = SeededRandom(state: seed &+ 1) }

  mutating func step() {
    switch random.below(6) {
    case 0: if writers.count < 8 { begin() }
    case 1:
      if let index = writers.indices.first(where: { writers[$0].number == nil }) {
        last += 1
        writers[index].number = last
      }
    case 2, 3: if !writers.isEmpty { end(random.below(writers.count), commits: random.below(4) > 0) }
    default: look()
    }
  }

  mutating func finish() {
    while !writers.isEmpty { end(0, commits: true) }
    for _ in 0..<10 { look() }
  }

  private mutating func begin() {
    lastID += 1
    writers.append(Writer(id: lastID, number: nil))
  }

  private var locking: LogWriters { LogWriters(open: Set(writers.map { "\($0.id)" }), hasPrepared: false) }

  private mutating func end(_ index: Int, commits: Bool) {
    let writer = writers.remove(at: index)
    if commits, let number = writer.number { committed.append(number) }
  }

  private mutating func look() {
    let lastThen = last
    if horizon.waitsForWriters { horizon.see(locking) }
    // Another writer may commit between the two statements.
    if !writers.isEmpty, random.below(3) == 0 { end(random.below(writers.count), commits: true) }
    let pageMax = 1 + random.below(5)
    let found = Array(committed.filter { $0 > horizon.seq }.sorted().prefix(pageMax))
    let admitted = horizon.admit(found, isComplete: found.count < pageMax)
    delivered += found.prefix(admitted)
    if horizon.needsFence(upTo: lastThen), random.below(2) == 0 { horizon.setFence(upTo: lastThen, writers: locking) }
  }
}

/// The same numbers for the same seed.
struct SeededRandom {
  var state: UInt64

  mutating func below(_ count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(count))
  }
}
