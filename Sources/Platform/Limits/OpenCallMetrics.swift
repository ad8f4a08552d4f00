internal import EventLoop
internal import Metrics
internal import RateLimiter

/// Metrics of open calls and of refused ones.
struct OpenCallMetrics: Sendable {
  private static let callers = MetricFamily(
    "fastshop_open_callers", help: "Callers with open calls, and callers with open streams.", kind: .gauge)

  private let registry: MetricsRegistry
  private let open: MetricBlock
  private let refusals: MetricBlock

  init(_ registry: MetricsRegistry) {
    self.registry = registry
    let series = AllowanceHolder.Kind.allCases.flatMap { caller in OpenCallKind.allCases.map { ["\(caller)", "\($0)"] }
    }
    open = registry.register(
      MetricFamily(
        "fastshop_open_calls", help: "Open calls and streams, by kind of caller.", kind: .gauge,
        labels: ["caller", "kind"]), series: series)
    refusals = registry.register(
      MetricFamily(
        "fastshop_open_call_refusals",
        help: "Calls and streams that were refused because their caller had too many open.",
        kind: .counter, labels: ["caller", "kind"]), series: series)
  }

  /// Adds `count` open calls. Only on `loop`, on which a call both begins and ends.
  func add(_ count: Int, of key: RateLimitKey, on loop: EventLoop) {
    registry.cells(on: loop).add(count, to: open, at: Self.row(key))
  }

  /// Only on `loop`.
  func countRefusal(of key: RateLimitKey, on loop: EventLoop) {
    registry.cells(on: loop).add(to: refusals, at: Self.row(key))
  }

  /// Shows the table, which all loops share, once.
  func watch(_ table: OpenCallTable, _ registry: MetricsRegistry) {
    registry.collect { loop, samples in
      if loop.index == 0 { samples.add(table.callers, to: Self.callers) }
    }
  }

  private static func row(_ key: RateLimitKey) -> Int {
    let (caller, kind) = AllowanceHolder.kinds(ofOpen: key)
    return caller &* OpenCallKind.allCases.count &+ kind
  }
}
