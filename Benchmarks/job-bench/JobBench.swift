internal import ArgumentParser
internal import EventLoop
internal import Foundation
internal import Migrations
internal import Platform
internal import Postgres
internal import Synchronization

/// A job that does nothing but note when it starts.
private struct NoJob: JobKind {
  struct Payload: Codable, Sendable {
    /// When the transaction that enqueued it was about to commit, by the monotonic clock; 0 where that is not measured.
    var committedNs: Int64 = 0
  }

  static let name = "bench.nothing"
  static let policy = JobPolicy { $0.concurrency = 500 }

  let starts: Starts

  func run(_ payload: Payload, _ context: JobContext) async throws {
    starts.note(payload.committedNs == 0 ? 0 : EventLoop.preciseNow - payload.committedNs)
  }
}

/// The delays of the jobs that have started, in nanoseconds.
private final class Starts: Sendable {
  private let delays = Mutex<[Int64]>([])

  func note(_ delay: Int64) { delays.withLock { $0.append(delay) } }

  var count: Int { delays.withLock { $0.count } }

  func take() -> [Int64] {
    delays.withLock { delays in
      defer { delays = [] }
      return delays.sorted()
    }
  }
}

/// Measures the job queue: enqueues jobs that do nothing, in batches and one by one, and runs them in the same process.
@main
struct JobBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job-bench", abstract: "Measure the job queue on a Postgres of its own.")

  /// Jobs that one statement enqueues.
  private static let batch = 1_000
  /// Transactions that enqueue one job each at the same time, on each loop.
  private static let enqueuers = 8

  @Option(help: "An empty Postgres database.")
  var databaseURL: String

  @Option(help: "Jobs of each measurement.")
  var jobs = 20_000

  @Option(help: "Jobs a second, while the delay from commit to start is measured.")
  var calmRate = 500

  func run() throws {
    let (url, count, rate) = (databaseURL, jobs, calmRate)
    let done = Mutex<Result<String, any Error>?>(nil)
    Task.detached {
      let result: Result<String, any Error>
      do { result = .success(try await Self.measure(url, count, rate)) } catch { result = .failure(error) }
      done.withLock { $0 = result }
    }
    while done.withLock({ $0 == nil }) { usleep(10_000) }
    print(try done.withLock { $0 }?.get() ?? "")
  }

  private static func measure(_ url: String, _ count: Int, _ rate: Int) async throws -> String {
    let group = EventLoopGroup(count: 2)
    let loop = group.loops[0]
    let configuration = DatabaseConfiguration(url: url)
    try await group.connect(configuration)
    try await Task(executorPreference: loop) {
      guard let database = loop.database else { throw PostgresError.unavailable }
      _ = try await Migrator(try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) }).migrate(database)
    }.value
    let starts = Starts()
    let module = JobModule(group: group, configuration: configuration, kinds: [NoJob(starts: starts)])
    module.start()
    // Warm: connections, statements.
    try await enqueueInBatches(2_000, group)
    await wait(for: 2_000, starts)
    var begin = EventLoop.preciseNow
    try await enqueueInBatches(count, group)
    await wait(for: count, starts)
    let batches = Double(count) / seconds(since: begin)
    begin = EventLoop.preciseNow
    try await enqueueSingly(count, group)
    await wait(for: count, starts)
    let single = Double(count) / seconds(since: begin)
    let calm = rate * 5
    try await enqueueCalmly(calm, rate: rate, loop)
    let delays = await wait(for: calm, starts)
    await module.stop(grace: .seconds(10))
    let p99 = Double(delays[min(delays.count - 1, delays.count * 99 / 100)]) / 1e6
    return "{\"batches_per_second\": \(Int(batches)), \"single_per_second\": \(Int(single)), \"start_p99_ms\": \(p99)}"
  }

  private static func seconds(since begin: Int64) -> Double { Double(EventLoop.preciseNow - begin) / 1e9 }

  @discardableResult
  private static func wait(for count: Int, _ starts: Starts) async -> [Int64] {
    while starts.count < count { try? await Task.sleep(for: .milliseconds(1)) }
    return starts.take()
  }

  private static func enqueue(_ jobs: [NewJob], _ loop: EventLoop) async throws {
    guard let database = loop.database else { throw PostgresError.unavailable }
    try await database.transaction { _ = try await Jobs.enqueue(jobs, in: $0) }
  }

  private static func enqueueInBatches(_ count: Int, _ group: EventLoopGroup) async throws {
    let loop = group.loops[1]
    try await Task(executorPreference: loop) {
      for _ in 0..<(count / batch) {
        try await enqueue(try (0..<batch).map { _ in try NoJob.job(.init()) }, loop)
      }
    }.value
  }

  private static func enqueueSingly(_ count: Int, _ group: EventLoopGroup) async throws {
    let each = count / group.loops.count / enqueuers
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for loop in group.loops {
        for _ in 0..<enqueuers {
          tasks.addTask(executorPreference: loop) {
            for _ in 0..<each { try await enqueue([try NoJob.job(.init())], loop) }
          }
        }
      }
      try await tasks.waitForAll()
    }
  }

  /// One job at a time, at even intervals.
  private static func enqueueCalmly(_ count: Int, rate: Int, _ loop: EventLoop) async throws {
    try await Task(executorPreference: loop) {
      for _ in 0..<count {
        try await enqueue([try NoJob.job(.init(committedNs: EventLoop.preciseNow))], loop)
        try await loop.sleep(for: .microseconds(1_000_000 / rate))
      }
    }.value
  }
}
