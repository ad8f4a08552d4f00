import EventLoop
import Testing

@testable import Processes
@testable import fastshop

/// What counts as a worker that hangs. Times are made up: a look a second.
@Suite struct HangWatchTests {
  private static let start = ContinuousClock.now
  private static let bound: Duration = .seconds(10)

  /// Looks once a second, and returns after how many looks something was found, and what.
  private static func find(
    _ looks: Int, every interval: Duration = HangWatch.interval, turns: (Int) -> UInt64 = { _ in 7 },
    thread: (Int) -> ThreadStatus?
  ) -> (at: Int, finding: HangWatch.Finding)? {
    var watch = HangWatch(bound: bound)
    for number in 0..<looks {
      // The first loop is well: what is found is of the other one.
      let report = Self.report([.init(turns: UInt64(number), thread: 11), .init(turns: turns(number), thread: 12)])
      let found = watch.look(at: 1, report, now: start + interval * number) { $0 == 12 ? thread(number) : nil }
      if let found { return (number, found) }
    }
    return nil
  }

  private static func report(_ loops: [TurnReport.Loop]) -> TurnReport { TurnReport(loops: loops) }

  @Test func `a loop that waits where nobody wakes it hangs after the bound`() throws {
    let found = try #require(Self.find(100) { _ in ThreadStatus(.waiting, computed: .zero) })
    #expect(found.at == 10 && found.finding == .hangs(loop: 1, .waiting))
  }

  @Test func `a loop that computes without end hangs after the bound of its own time`() throws {
    let always = try #require(Self.find(100) { ThreadStatus(.running, computed: .seconds($0)) })
    #expect(always.at == 11 && always.finding == .hangs(loop: 1, .running))
    // On a busy machine, it gets a quarter of a processor.
    let seldom = try #require(Self.find(100) { ThreadStatus(.running, computed: .milliseconds(250 * $0)) })
    #expect(seldom.at == 41)
  }

  @Test func `what is not the loop's own doing is no hang`() {
    let spared: [(String, (Int) -> ThreadStatus?)] = [
      ("waits for a processor", { _ in ThreadStatus(.running, computed: .seconds(5)) }),
      ("waits for a disk", { _ in ThreadStatus(.waitingForDisk, computed: .zero) }),
      ("is gone", { _ in nil }),
      ("has ended", { _ in ThreadStatus(.ended, computed: .zero) }),
    ]
    for (what, thread) in spared { #expect(Self.find(1_000, thread: thread) == nil, "\(what)") }
  }

  @Test func `a loop that makes turns is well, whatever its thread is at`() {
    #expect(Self.find(1_000, turns: { UInt64($0 / 5) }) { _ in ThreadStatus(.waiting, computed: .zero) } == nil)
  }

  @Test func `a machine that sleeps, or a supervisor that was stopped too, makes nobody hang`() {
    // An hour between two looks, and a turn after each.
    #expect(
      Self.find(100, every: .seconds(3_600), turns: { UInt64($0 / 2) }) { _ in
        ThreadStatus(.waiting, computed: .zero)
      } == nil)
  }

  @Test func `a clock that stands still or goes back counts nothing`() {
    #expect(Self.find(1_000, every: .zero) { _ in ThreadStatus(.waiting, computed: .zero) } == nil)
    #expect(Self.find(1_000, every: .seconds(-1)) { _ in ThreadStatus(.waiting, computed: .zero) } == nil)
  }

  @Test func `a worker that somebody has stopped is told of once, and once when it goes on`() {
    var watch = HangWatch(bound: Self.bound)
    var found: [HangWatch.Finding] = []
    for number in 0..<200 {
      let isStopped = (10..<100).contains(number)
      let report = Self.report([.init(turns: isStopped ? 9 : UInt64(number), thread: 12)])
      let finding = watch.look(at: 1, report, now: Self.start + .seconds(number)) { _ in
        ThreadStatus(.stopped, computed: .zero)
      }
      if let finding { found.append(finding) }
    }
    #expect(found == [.isStopped, .goesOn])
  }

  @Test func `loops that have noted nothing yet are not looked at`() {
    var watch = HangWatch(bound: Self.bound)
    for number in 0..<100 {
      let report = Self.report([.init(turns: 0, thread: 0)])
      let finding = watch.look(at: 1, report, now: Self.start + .seconds(number)) { _ in
        ThreadStatus(.waiting, computed: .zero)
      }
      #expect(finding == nil)
    }
  }

  @Test func `the kernel's line of a thread is read, whatever its name is`() {
    let rest = "1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0"
    let lines: [(String, ThreadStatus?)] = [
      ("12 (loop-0) S \(rest)", ThreadStatus(.waiting, computed: .seconds(2))),
      ("12 (a) R (b) R \(rest)", ThreadStatus(.running, computed: .seconds(2))),
      ("12 (x) t \(rest)", ThreadStatus(.stopped, computed: .seconds(2))),
      ("12 (x) D \(rest)", ThreadStatus(.waitingForDisk, computed: .seconds(2))),
      ("12 (x) S 1 2 3", nil), ("", nil), ("12 (x", nil), ("12 (x) S 1 2 3 4 5 6 7 8 9 10 -1 50", nil),
      ("12 (x) S 1 2 3 4 5 6 7 8 9 10 99999999999999999999 50", nil),
    ]
    for (line, reading) in lines { #expect(ThreadStatus(line: line, ticksPerSecond: 100) == reading, "\(line)") }
    let own = ThreadStatus(process: OwnProgram.id, thread: OwnProgram.id)
    #expect(own != nil && own?.state != .stopped)
    #expect(ThreadStatus(process: OwnProgram.id, thread: 1) == nil || OwnProgram.id == 1)
  }
}
