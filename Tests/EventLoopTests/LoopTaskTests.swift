import EventLoop
import Synchronization
import Testing

@Suite struct LoopTaskTests {
  private static let longTime: Duration = .seconds(3_600)

  /// A place on a loop that work waits for, and what it did.
  private final class Diary: Sendable {
    let lines = Mutex<[String]>([])

    func write(_ line: String) { lines.withLock { $0.append(line) } }
    var text: [String] { lines.withLock { $0 } }
  }

  @Test func runsOnItsLoopUntilItIsStopped() async {
    let group = EventLoopGroup(count: 2)
    defer { group.shutdown() }
    let loop = group.loops[1]
    let diary = Diary()
    let task = LoopTask(on: loop)
    let (begun, begin) = AsyncStream<Void>.makeStream()
    task.start {
      diary.write("begins, on its loop: \(loop.isCurrent)")
      begin.finish()
      try? await loop.sleep(for: Self.longTime)
      diary.write("ends, on its loop: \(loop.isCurrent), cancelled: \(Task.isCancelled)")
    }
    for await _ in begun {}
    await task.stop()
    #expect(diary.text == ["begins, on its loop: true", "ends, on its loop: true, cancelled: true"])
  }

  @Test func beginsOnce() async {
    let group = EventLoopGroup(count: 1)
    defer { group.shutdown() }
    let diary = Diary()
    let task = LoopTask(on: group.loops[0])
    for number in 1...2 { task.start { diary.write("\(number)") } }
    await task.stop()
    task.start { diary.write("after the end") }
    await task.stop()
    #expect(diary.text == ["1"])
  }

  @Test func whatWasNeverBegunStopsAtOnce() async {
    let group = EventLoopGroup(count: 1)
    defer { group.shutdown() }
    await LoopTask(on: group.loops[0]).stop()
  }

  @Test func workMayEndWithinItsGrace() async {
    let group = EventLoopGroup(count: 1)
    defer { group.shutdown() }
    let diary = Diary()
    let task = LoopTask(on: group.loops[0])
    let (ending, end) = AsyncStream<Void>.makeStream()
    task.start {
      for await _ in ending {}
      diary.write("cancelled: \(Task.isCancelled)")
    }
    async let stopped: Void = task.stop(within: Self.longTime)
    end.finish()
    await stopped
    #expect(diary.text == ["cancelled: false"])
  }

  @Test func workThatDoesNotEndWithinItsGraceIsCancelled() async {
    let group = EventLoopGroup(count: 1)
    defer { group.shutdown() }
    let diary = Diary()
    let loop = group.loops[0]
    let task = LoopTask(on: loop)
    task.start {
      try? await loop.sleep(for: Self.longTime)
      diary.write("cancelled: \(Task.isCancelled)")
    }
    await task.stop(within: .milliseconds(1))
    #expect(diary.text == ["cancelled: true"])
  }
}
