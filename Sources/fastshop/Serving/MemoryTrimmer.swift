import EventLoop
import Logging
import RPC

/// Gives memory back to the system that was needed for a while, as under an attack: malloc keeps what is free between
/// pieces that are in use.
final class MemoryTrimmer: Sendable {
  /// It looks this often at how much memory the process has.
  private static let interval: Duration = .seconds(5)

  private let loop: EventLoop
  private let log: Logger
  private let task: LoopTask

  init(loop: EventLoop, log: Logger) {
    self.loop = loop
    self.log = log
    task = LoopTask(on: loop)
  }

  func start() { task.start { [self] in await run() } }

  func stop() async { await task.stop() }

  private func run() async {
    var rule = MemoryTrimRule(residentBytes: ProcessMemory.residentBytes)
    while (try? await loop.sleep(for: Self.interval)) != nil {
      let before = ProcessMemory.residentBytes
      guard rule.isDue(residentBytes: before, at: loop.now) else { continue }
      // It walks through all that is free, which takes too long for a loop.
      await Task.detached { ProcessMemory.returnFree() }.value
      let after = ProcessMemory.residentBytes
      rule.returned(from: before, to: after, at: loop.now)
      log.info("returned memory", metadata: ["bytes": "\(max(0, before - after))", "resident": "\(after)"])
    }
  }
}

/// When it is worth to look for memory to give back. A value that knows no clock: times are in nanoseconds.
struct MemoryTrimRule {
  /// The growth over the least size that makes a trim worthwhile.
  static let excessBytes = 32 * 1024 * 1024
  /// When a trim returned fewer bytes, the memory is in use: the next pauses are longer.
  static let worthwhileBytes = 16 * 1024 * 1024
  static let waitMin: Duration = .seconds(10)
  static let waitMax: Duration = .seconds(300)

  private var leastBytes: Int
  /// The size after the last trim.
  private var remainingBytes: Int
  private var lastAt: Int64 = 0
  private var wait = Self.waitMin
  private var notBefore: Int64 = 0

  init(residentBytes: Int) {
    leastBytes = residentBytes
    remainingBytes = residentBytes
  }

  /// Whether the process has much more memory than it needed before.
  mutating func isDue(residentBytes: Int, at now: Int64) -> Bool {
    leastBytes = min(leastBytes, residentBytes)
    // Memory that was allocated since may be returned, even if the last trim returned little.
    let hasGrown = residentBytes - remainingBytes >= Self.excessBytes
    let earliest = hasGrown ? lastAt + Self.waitMin.nanoseconds : notBefore
    return residentBytes - leastBytes >= Self.excessBytes && now >= earliest
  }

  /// It was done.
  mutating func returned(from before: Int, to after: Int, at now: Int64) {
    wait = before - after >= Self.worthwhileBytes ? Self.waitMin : min(wait * 2, Self.waitMax)
    notBefore = now + wait.nanoseconds
    lastAt = now
    remainingBytes = after
  }
}
