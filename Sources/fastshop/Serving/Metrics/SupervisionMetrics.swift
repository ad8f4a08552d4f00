import EventLoop
import FoundationEssentials
import Metrics

/// A worker's metrics of the workers before it.
struct SupervisionMetrics {
  private static let restarts = MetricFamily(
    "fastshop_worker_restarts", help: "Workers that were restarted, by how the previous one ended.",
    kind: .counter, labels: ["reason"])
  private static let serverStart = MetricFamily(
    "fastshop_server_start_time_seconds", help: "Start time of the server, in seconds since 1970.", kind: .gauge)
  private static let workerStart = MetricFamily(
    "fastshop_worker_start_time_seconds", help: "Start time of the worker, in seconds since 1970.",
    kind: .gauge)
  /// There from the beginning, so that an alert sees them grow.
  private static let usualReasons = [
    "SIGILL", "SIGKILL", "SIGSEGV", "SIGTRAP", "exit", SupervisionHistory.hang, SupervisionHistory.upgrade,
  ]

  private let history: SupervisionHistory
  private let startedAt = Date().timeIntervalSince1970

  init(_ history: SupervisionHistory) { self.history = history }

  func report(to registry: MetricsRegistry) {
    let counts = Dictionary(uniqueKeysWithValues: Self.usualReasons.map { ($0, 0) })
      .merging(history.restarts) { $1 }.sorted { $0.key < $1.key }
    registry.collect { [history, startedAt] loop, samples in
      if loop.index > 0 { return }
      for (reason, count) in counts { samples.add(count, to: Self.restarts, [reason]) }
      samples.add(history.startedAt, to: Self.serverStart)
      samples.add(startedAt, to: Self.workerStart)
    }
  }
}
