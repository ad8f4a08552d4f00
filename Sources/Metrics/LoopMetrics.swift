internal import EventLoop

/// Metrics of the event loops. Each loop has its own label, because a mean would hide one that is stuck.
enum LoopMetrics {
  private static let turns = MetricFamily(
    "fastshop_loop_turn_seconds",
    help: "Turns of an event loop by how long they took; their sum is the time spent working.",
    kind: .histogram(bounds: LoopStatistics.turnTimeBoundsNs), labels: ["loop"], scale: 1e-9)
  private static let longest = MetricFamily(
    "fastshop_loop_turn_longest_seconds",
    help: "The longest turn of an event loop since this was last read: nobody else on the loop got on meanwhile.",
    kind: .gauge, labels: ["loop"], scale: 1e-9)
  private static let events = MetricFamily(
    "fastshop_loop_events", help: "Events that the kernel told an event loop.", kind: .counter, labels: ["loop"])
  private static let jobs = MetricFamily(
    "fastshop_loop_jobs", help: "Pieces of tasks that an event loop ran.", kind: .counter, labels: ["loop"])
  private static let waiting = MetricFamily(
    "fastshop_loop_jobs_waiting", help: "Pieces of tasks that wait for an event loop.", kind: .gauge, labels: ["loop"])
  private static let timers = MetricFamily(
    "fastshop_loop_timers", help: "Timers that wait on an event loop.", kind: .gauge, labels: ["loop"])
  private static let delay = MetricFamily(
    "fastshop_loop_lag_seconds", help: "How long this reading waited for an event loop to come round.", kind: .gauge,
    labels: ["loop"], scale: 1e-9)

  static func collect(_ loop: EventLoop, delayNs: Int, _ samples: inout MetricSamples) {
    let statistics = loop.statistics
    let label = ["\(loop.index)"]
    samples.add(counts: statistics.turnsByTime, sum: statistics.busyNs, to: turns, label)
    samples.add(loop.takeLongestTurn(), to: longest, label)
    samples.add(statistics.events, to: events, label)
    samples.add(statistics.jobs, to: jobs, label)
    samples.add(statistics.jobsWaiting, to: waiting, label)
    samples.add(statistics.timersWaiting, to: timers, label)
    samples.add(delayNs, to: delay, label)
  }
}
