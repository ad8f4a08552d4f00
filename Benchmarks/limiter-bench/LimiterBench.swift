import Foundation
import RateLimiter

/// Measures what a decision of the limiter costs: a million keys that are all known, asked for in random order, from
/// one thread and from several at once. Prints a line of JSON for each number of threads.
///
/// usage: limiter-bench [--keys COUNT] [--seconds SECONDS] [--threads COUNT[,COUNT…]]
@main
struct LimiterBench {
  static func main() {
    let options = Options(CommandLine.arguments.dropFirst())
    let limiter = RateLimiter(keysMax: options.keys)
    for number in 0..<options.keys { spend(limiter, number, now: 1) }
    for threads in options.threads {
      let run = Run(limiter, keys: options.keys, threads: threads, seconds: options.seconds)
      print(run.json)
    }
    let statistics = limiter.statistics
    precondition(statistics.keys == options.keys && statistics.evictions == 0, "not every key was remembered")
  }

  static let limit = RateLimit(1_000_000_000, per: .seconds(1), burst: 1_000_000_000)!

  @inline(__always)
  @discardableResult
  static func spend(_ limiter: RateLimiter, _ number: Int, now: Int64) -> Bool {
    limiter.spend(1, of: RateLimitKey(UInt64(number), 0x5eed, 1), limit: limit, now: now).isAdmitted
  }
}

/// What is measured.
struct Options {
  var keys = 1_000_000
  var seconds = 1.0
  var threads = [1, 2]

  init(_ arguments: some Sequence<String>) {
    var rest = Array(arguments)[...]
    while let name = rest.popFirst() {
      let value = rest.popFirst() ?? ""
      switch name {
      case "--keys": keys = Int(value) ?? keys
      case "--seconds": seconds = Double(value) ?? seconds
      case "--threads": threads = value.split(separator: ",").compactMap { Int($0) }
      default:
        FileHandle.standardError.write(Data("unknown option \(name)\n".utf8))
        exit(2)
      }
    }
  }
}

/// One measurement.
struct Run {
  /// Decisions between two looks at the clock, which costs as much as half a decision.
  private static let decisionsPerLook = 4_096

  let threads: Int
  let decisions: Int
  let wallSeconds: Double
  let cpuSeconds: Double

  init(_ limiter: RateLimiter, keys: Int, threads: Int, seconds: Double) {
    let workers = (0..<threads).map { Worker(limiter, keys: keys, seed: UInt64($0), seconds: seconds) }
    let start = Worker.nanoseconds(CLOCK_MONOTONIC)
    let all = workers.map { worker in
      let thread = Thread { worker.run(Self.decisionsPerLook) }
      thread.start()
      return thread
    }
    for worker in workers { worker.finished.wait() }
    wallSeconds = Double(Worker.nanoseconds(CLOCK_MONOTONIC) - start) / 1e9
    self.threads = all.count
    decisions = workers.reduce(0) { $0 + $1.decisions }
    cpuSeconds = workers.reduce(0) { $0 + $1.cpuSeconds }
  }

  var json: String {
    let count = Double(decisions)
    return """
      {"threads": \(threads), "decisions": \(decisions), "rate": \(count / wallSeconds), \
      "cpu_ns": \(cpuSeconds / count * 1e9)}
      """
  }
}

/// What one thread does.
final class Worker: @unchecked Sendable {
  let finished = DispatchSemaphore(value: 0)
  private(set) var decisions = 0
  private(set) var cpuSeconds = 0.0
  private let limiter: RateLimiter
  private let keys: UInt64
  private var state: UInt64
  private let seconds: Double

  init(_ limiter: RateLimiter, keys: Int, seed: UInt64, seconds: Double) {
    self.limiter = limiter
    self.keys = UInt64(keys)
    self.seconds = seconds
    state = (seed + 1) &* 0x9E37_79B9_7F4A_7C15
  }

  func run(_ batch: Int) {
    let cpu = Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
    let end = Self.nanoseconds(CLOCK_MONOTONIC) + Int64(seconds * 1e9)
    while true {
      let now = Self.nanoseconds(CLOCK_MONOTONIC)
      if now >= end { break }
      for _ in 0..<batch { LimiterBench.spend(limiter, nextKey(), now: now) }
      decisions += batch
    }
    cpuSeconds = Double(Self.nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu) / 1e9
    finished.signal()
  }

  /// Any of the keys. Xorshift by G. Marsaglia: three shifts, so that little else is measured.
  @inline(__always)
  private func nextKey() -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(truncatingIfNeeded: ((state >> 32) &* keys) >> 32)
  }

  static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
