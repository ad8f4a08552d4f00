internal import EventLoop
internal import Metrics

/// The metrics of the jobs of this server, and the depth of the queue over all servers.
final class JobMetrics: Sendable {
  /// From 1 ms to an hour, in microseconds.
  private static let boundsMicroseconds = [
    1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000, 300_000_000,
    3_600_000_000,
  ]
  private static let outcomes: [JobState] = [.done, .waiting, .dead, .cancelled]

  private static let delay = MetricFamily(
    "fastshop_job_start_delay_seconds", help: "The time between a job's due time and its start, by kind.",
    kind: .histogram(bounds: boundsMicroseconds), labels: ["kind"], scale: 1e-6)
  private static let duration = MetricFamily(
    "fastshop_job_duration_seconds", help: "Duration of attempts at jobs, by kind.",
    kind: .histogram(bounds: boundsMicroseconds), labels: ["kind"], scale: 1e-6)
  private static let attempts = MetricFamily(
    "fastshop_job_attempts", help: "Attempts of this server at jobs, by kind and outcome.", kind: .counter,
    labels: ["kind", "outcome"])
  private static let failures = MetricFamily(
    "fastshop_job_queue_failures", help: "Failed reads of the job queue.", kind: .counter)
  private static let depth = MetricFamily(
    "fastshop_jobs", help: "Jobs in the queue over all servers, by kind and state.", kind: .gauge,
    labels: ["kind", "state"])
  private static let oldest = MetricFamily(
    "fastshop_job_oldest_seconds",
    help: "Age of the oldest waiting job of a kind that is due or failed, over all servers.",
    kind: .gauge, labels: ["kind"])

  private let registry: MetricsRegistry
  private let indexes: [String: Int]
  private let delays: HistogramBlock
  private let durations: HistogramBlock
  private let ends: MetricBlock
  private let failureCount: MetricBlock

  init(_ registry: MetricsRegistry, kinds: [String], depth: LoopBound<JobDepthGauge>) {
    self.registry = registry
    indexes = Dictionary(uniqueKeysWithValues: kinds.enumerated().map { ($1, $0) })
    delays = registry.registerHistograms(Self.delay, series: kinds.map { [$0] })
    durations = registry.registerHistograms(Self.duration, series: kinds.map { [$0] })
    ends = registry.register(
      Self.attempts, series: kinds.flatMap { kind in Self.outcomes.map { [kind, Self.word($0)] } })
    failureCount = registry.register(Self.failures)
    registry.collect { loop, samples in
      guard loop.index == 0 else { return }  // metrics of the whole process are reported once
      for entry in depth.value.depths {
        for state in [JobState.waiting, .running, .dead] {
          samples.add(entry.counts[state] ?? 0, to: Self.depth, [entry.kind, state.rawValue])
        }
        samples.add(entry.oldestSeconds, to: Self.oldest, [entry.kind])
      }
    }
  }

  private static func word(_ state: JobState) -> String {
    switch state {
    case .waiting: "retried"
    case .dead: "given_up"
    default: state.rawValue
    }
  }

  func countStart(_ job: TakenJob, on loop: EventLoop) {
    guard let index = indexes[job.kind] else { return }
    registry.cells(on: loop).observe(Int(max(0, job.delayMicroseconds)), in: delays, at: index)
  }

  func countEnd(_ job: TakenJob, _ outcome: JobOutcome, after duration: Duration, on loop: EventLoop) {
    guard let index = indexes[job.kind] else { return }
    let cells = registry.cells(on: loop)
    cells.observe(Int(duration.wholeMicroseconds), in: durations, at: index)
    if let place = Self.outcomes.firstIndex(of: outcome.state) {
      cells.add(to: ends, at: index * Self.outcomes.count + place)
    }
  }

  func countFailure(on loop: EventLoop) { registry.cells(on: loop).add(to: failureCount) }
}

/// The last count of the queue. Confined to its loop.
final class JobDepthGauge {
  var depths: [JobDepth] = []

  init() {}
}
