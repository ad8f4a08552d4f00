import Testing

@testable import Platform

@Suite struct LogWatermarkTests {
  @Test(
    arguments: [
      ("nothing there", [], 0, 0),
      ("all there", [1, 2, 3], 3, 3),
      ("one is missing", [1, 2, 4, 5], 2, 2),
      ("the first is missing", [2, 3], 0, 0),
    ] as [(String, [Int64], Int, Int64)])
  func onlyWhatNothingPrecedesIsAdmitted(name: String, found: [Int64], admitted: Int, seq: Int64) {
    var watermark = LogWatermark(seq: 0)
    #expect(watermark.admit(found, isComplete: true) == admitted)
    #expect(watermark.seq == seq)
  }

  @Test func aFenceTellsWhatIsMissingForGood() {
    var watermark = LogWatermark(seq: 0)
    #expect(watermark.admit([1, 3, 5], isComplete: true) == 1)
    #expect(watermark.needsFence(upTo: 4))
    watermark.setFence(upTo: 4, writers: writers("a", "b"))
    #expect(!watermark.needsFence(upTo: 4))
    watermark.see(writers("b", "c"))  // one of those who may hold the number still writes
    #expect(watermark.admit([3, 5], isComplete: true) == 0)
    watermark.see(writers("c"))
    #expect(watermark.admit([3, 5], isComplete: true) == 2)  // 2 and 4 will never come; 5 follows on 4
    #expect(watermark.seq == 5)
  }

  @Test func theLastNumberThatThereIsOverflowsNothing() {
    var watermark = LogWatermark(seq: .max - 1)
    #expect(watermark.admit([.max], isComplete: true) == 1)
    #expect(watermark.admit([], isComplete: true) == 0 && watermark.seq == .max)
    var fenced = LogWatermark(seq: 0)
    fenced.setFence(upTo: .max, writers: writers())
    fenced.see(writers())
    #expect(fenced.admit([1, .max], isComplete: true) == 2 && fenced.seq == .max)
  }

  @Test func aNumberBehindTheFenceIsWaitedFor() {
    var watermark = LogWatermark(seq: 0)
    #expect(watermark.admit([2], isComplete: true) == 0)
    watermark.setFence(upTo: 2, writers: writers())
    watermark.see(writers())
    #expect(watermark.admit([2, 4], isComplete: true) == 1)
    #expect(watermark.seq == 2)
    #expect(watermark.needsFence(upTo: 4))
  }

  @Test func numbersThatWereGivenOutLastAndNeverUsedArePassed() {
    var watermark = LogWatermark(seq: 10)
    #expect(watermark.needsFence(upTo: 12))
    watermark.setFence(upTo: 12, writers: writers("a"))
    watermark.see(writers())
    #expect(watermark.admit([], isComplete: true) == 0)
    #expect(watermark.seq == 12)
  }

  /// A transaction that is prepared for a second phase has another id than it had as a writer.
  @Test func whatIsPreparedMayHoldTheNumber() {
    var watermark = LogWatermark(seq: 0)
    watermark.setFence(upTo: 1, writers: writers("a"))
    watermark.see(LogWriters(open: [], hasPrepared: true))
    #expect(watermark.admit([2], isComplete: true) == 0)
    watermark.see(writers())
    #expect(watermark.admit([2], isComplete: true) == 1)
  }

  @Test func whatAFullPageLeftOutIsNotPassed() {
    var watermark = LogWatermark(seq: 0)
    watermark.setFence(upTo: 10, writers: writers())
    watermark.see(writers())
    #expect(watermark.admit([2, 3], isComplete: false) == 2)
    #expect(watermark.seq == 3)
    #expect(watermark.admit([7, 9], isComplete: true) == 2)
    #expect(watermark.seq == 10)
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
  private var watermark = LogWatermark(seq: 0)

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
    if watermark.waitsForWriters { watermark.see(locking) }
    // Another writer may commit between the two statements.
    if !writers.isEmpty, random.below(3) == 0 { end(random.below(writers.count), commits: true) }
    let pageMax = 1 + random.below(5)
    let found = Array(committed.filter { $0 > watermark.seq }.sorted().prefix(pageMax))
    let admitted = watermark.admit(found, isComplete: found.count < pageMax)
    delivered += found.prefix(admitted)
    if watermark.needsFence(upTo: lastThen), random.below(2) == 0 {
      watermark.setFence(upTo: lastThen, writers: locking)
    }
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
