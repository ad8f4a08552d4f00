import Synchronization
import Testing

@testable import EventLoop

@Suite struct TimerTests {
  /// Every delay fires exactly once, at its tick and in order, however far the wheel has turned.
  @Test(arguments: [0, 1, 7, 255, 256, 257, 65_535, 1 << 40] as [Int64])
  func firesAtItsTick(startMs: Int64) {
    let wheel = TimerWheel()
    wheel.advance(to: startMs * 1_000_000)
    let delaysMs: [Int64] = [
      1, 2, 3, 254, 255, 256, 257, 511, 1_000, 16_383, 16_384, 16_385, 70_000, 1_048_576, 1_100_000,
    ]
    var now = startMs
    var fired: [(delay: Int64, at: Int64)] = []
    let timers = delaysMs.map { delay in Timer { fired.append((delay, now)) } }
    for (timer, delay) in zip(timers, delaysMs) { wheel.schedule(timer, at: (startMs + delay) * 1_000_000) }
    while now < startMs + 1_100_002 {
      now += 1
      wheel.advance(to: now * 1_000_000)
    }
    #expect(fired.map(\.delay) == delaysMs)
    for (delay, at) in fired { #expect(at == startMs + delay + 1) }
    #expect(wheel.waitMs(now: now * 1_000_000) == -1)
  }

  /// Sleeping for as long as the wheel says never passes a timer by more than a tick.
  @Test func waitNeverOversleeps() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let wheel = TimerWheel()
      var now = Int64.random(in: 0..<100_000, using: &generator)
      wheel.advance(to: now * 1_000_000)
      var late: [Int64] = []
      var left = 0
      for _ in 0..<40 {
        let due = now + Int64.random(in: 0..<40_000, using: &generator)
        left += 1
        let timer = Timer {
          late.append(now - due)
          left -= 1
        }
        wheel.schedule(timer, at: due * 1_000_000)
      }
      while left > 0 {
        now += Int64(wheel.waitMs(now: now * 1_000_000))
        wheel.advance(to: now * 1_000_000)
      }
      #expect(late.allSatisfy { (0...1).contains($0) })
    }
  }

  @Test func cancelledTimersNeverFire() {
    let wheel = TimerWheel()
    wheel.advance(to: 0)
    var fired: [Int] = []
    let timers = (0..<1_000).map { number in Timer { fired.append(number) } }
    for (number, timer) in timers.enumerated() { wheel.schedule(timer, at: Int64(number) * 3_000_000) }
    for (number, timer) in timers.enumerated() where number % 3 != 0 { timer.cancel() }
    wheel.advance(to: 4_000_000_000)
    #expect(fired == Array(stride(from: 0, to: 1_000, by: 3)))
    #expect(timers.allSatisfy { !$0.isScheduled })
  }

  @Test func restartingMovesATimer() {
    let wheel = TimerWheel()
    wheel.advance(to: 0)
    var count = 0
    let timer = Timer { count += 1 }
    for ms in 1...500 { wheel.schedule(timer, at: Int64(ms) * 1_000_000) }
    wheel.advance(to: 499_000_000)
    #expect(count == 0)
    wheel.advance(to: 502_000_000)
    #expect(count == 1)
  }

  @Test func timerFiresOnTheLoop() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let onLoop = await withCheckedContinuation { (done: CheckedContinuation<Bool, Never>) in
      loop.execute {
        let timer = Timer { done.resume(returning: loop.isCurrent) }
        loop.schedule(timer, after: .milliseconds(3))
      }
    }
    #expect(onLoop)
    group.shutdown()
  }

  /// Cancelled before, while and long after the sleep began: it ends at once with the error, never twice.
  @Test(.timeLimit(.minutes(10)), arguments: [0, 1, 20]) func cancellationArrivesPromptly(afterMs: Int) async throws {
    let group = EventLoopGroup(count: 2)
    let loop = group.loops[0]
    let sleeper = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(86_400)) }
    if afterMs > 0 { try await group.loops[1].sleep(for: .milliseconds(afterMs)) }
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
    group.shutdown()
  }
}
