import EventLoop
import Glibc
import Logging
import Synchronization

/// Gives memory back to the system that was needed for a while, as under an attack: malloc keeps what is free between
/// pieces that are in use.
final class MemoryReturn: Sendable {
  /// It looks this often at how much memory the process has.
  private static let interval: Duration = .seconds(5)

  private let loop: EventLoop
  private let log: Logger
  private let running = Mutex<Task<Void, Never>?>(nil)

  init(loop: EventLoop, log: Logger) {
    self.loop = loop
    self.log = log
  }

  func start() {
    running.withLock { $0 = Task(executorPreference: loop) { [self] in await run() } }
  }

  func stop() async {
    let task = running.withLock { $0 }
    task?.cancel()
    await task?.value
  }

  private func run() async {
    var rule = MemoryReturnRule(residentBytes: Self.residentBytes())
    while (try? await loop.sleep(for: Self.interval)) != nil {
      let before = Self.residentBytes()
      guard rule.isDue(residentBytes: before, at: loop.now) else { continue }
      // It walks through all that is free, which takes too long for a loop.
      await Task.detached { _ = malloc_trim(0) }.value
      let after = Self.residentBytes()
      rule.returned(from: before, to: after, at: loop.now)
      log.info("memory was given back", metadata: ["bytes": "\(max(0, before - after))", "resident": "\(after)"])
    }
  }

  /// Source: proc(5), statm: the second number is the resident part, in pages.
  private static func residentBytes() -> Int {
    let fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return 0 }
    defer { close(fd) }
    var bytes = [UInt8](repeating: 0, count: statmBytesMax)
    let count = read(fd, &bytes, bytes.count)
    let numbers = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
    guard numbers.count > 1, let pages = Int(numbers[1]) else { return 0 }
    return pages.multipliedReportingOverflow(by: sysconf(Int32(_SC_PAGESIZE))).partialValue
  }

  private static let statmBytesMax = 256
}

/// When it is worth to look for memory to give back. A value that knows no clock: times are in nanoseconds.
struct MemoryReturnRule {
  /// So many bytes more than it had at the least are worth it.
  static let excessBytes = 64 * 1024 * 1024
  /// Where fewer bytes than this came back, the memory is in use: it waits longer each time.
  static let worthwhileBytes = 16 * 1024 * 1024
  static let waitMin: Duration = .seconds(10)
  static let waitMax: Duration = .seconds(300)

  private var leastBytes: Int
  private var wait = Self.waitMin
  private var notBefore: Int64 = 0

  init(residentBytes: Int) { leastBytes = residentBytes }

  /// Whether the process has much more memory than it needed before.
  mutating func isDue(residentBytes: Int, at now: Int64) -> Bool {
    leastBytes = min(leastBytes, residentBytes)
    return residentBytes - leastBytes >= Self.excessBytes && now >= notBefore
  }

  /// It was done.
  mutating func returned(from before: Int, to after: Int, at now: Int64) {
    wait = before - after >= Self.worthwhileBytes ? Self.waitMin : min(wait * 2, Self.waitMax)
    notBefore = now + wait.nanoseconds
  }
}
