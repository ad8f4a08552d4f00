internal import EventLoop
internal import Metrics
internal import RateLimiter

/// Metrics of the limiter's decisions and of its table.
struct LimiterMetrics: Sendable {
  private static let capacity = gauge("capacity", "Callers that the limiter can remember.")
  private static let keys = gauge(
    "keys", "Callers that the limiter remembers, each once for every allowance that it has used.")
  private static let evictions = MetricFamily(
    "fastshop_limiter_evictions", help: "Callers that were evicted early because the limiter's table was full.",
    kind: .counter)

  /// The decision on a call, or on a further request of a stream.
  enum Outcome: Int, CaseIterable {
    case refused, admitted
    /// It waits, and is decided on again.
    case heldBack

    var label: String { self == .heldBack ? "held_back" : "\(self)" }
  }

  private let registry: MetricsRegistry
  private let decisions: MetricBlock

  init(_ registry: MetricsRegistry) {
    self.registry = registry
    let series = AllowanceHolder.Kind.allCases.flatMap { caller in
      LimiterClass.allCases.flatMap { kind in
        Outcome.allCases.map { ["\(caller)", "\(kind)", $0.label] }
      }
    }
    decisions = registry.register(
      MetricFamily(
        "fastshop_limiter_decisions",
        help: "Calls, and further requests of streams, that were allowed, delayed or refused, by allowance.",
        kind: .counter, labels: ["caller", "allowance", "outcome"], omitsZeros: true),
      series: series)
  }

  /// Only on `loop`.
  @inline(__always)
  func count(_ outcome: Outcome, _ kind: LimiterClass, _ caller: AllowanceHolder.Kind, on loop: EventLoop) {
    let row = caller.rawValue &* LimiterClass.allCases.count &+ Int(kind.rawValue) &- 1
    registry.cells(on: loop).add(to: decisions, at: row &* Outcome.allCases.count &+ outcome.rawValue)
  }

  /// Shows the table, which all loops share, once.
  func watch(_ limiter: RateLimiter, _ registry: MetricsRegistry) {
    registry.collect { loop, samples in
      if loop.index > 0 { return }
      let statistics = limiter.statistics
      samples.add(statistics.capacity, to: Self.capacity)
      samples.add(statistics.keys, to: Self.keys)
      samples.add(statistics.evictions, to: Self.evictions)
    }
  }

  private static func gauge(_ name: String, _ help: String) -> MetricFamily {
    MetricFamily("fastshop_limiter_\(name)", help: help, kind: .gauge)
  }
}
