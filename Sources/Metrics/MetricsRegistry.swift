public import EventLoop
internal import Synchronization

/// The metrics of a process.
///
/// Every loop counts in memory of its own. The loops' numbers are added up when they are read. So counting costs one
/// addition, and no two threads touch the same cache line.
public final class MetricsRegistry: Sendable {
  /// Runs on each loop when the metrics are read.
  public typealias Collector = @Sendable (_ loop: EventLoop, _ samples: inout MetricSamples) -> Void

  private struct Registered: Sendable {
    let family: MetricFamily
    let series: [[String]]
    let first: Int
  }

  private struct State {
    var registered: [Registered] = []
    var collectors: [Collector] = []
    var cellCount = 0
  }

  private let group: EventLoopGroup
  private let cells: [LoopCells]
  private let state = Mutex(State())
  /// Whole numbers that a loop needs room for.
  private let cellCount = Atomic<Int>(0)

  /// A registry for the loops of `group`.
  public init(group: EventLoopGroup) {
    self.group = group
    cells = group.loops.map { LoopCells(of: $0) }
  }

  // MARK: What is counted

  /// Registers counters or gauges, a series for each list of label values.
  ///
  /// A family that is registered again with other series grows by them.
  public func register(_ family: MetricFamily, series: [[String]] = [[]]) -> MetricBlock {
    MetricBlock(first: place(family, series), count: series.count)
  }

  /// Registers histograms, a series for each list of label values.
  public func registerHistograms(_ family: MetricFamily, series: [[String]] = [[]]) -> HistogramBlock {
    guard case .histogram(let bounds) = family.kind else { preconditionFailure("\(family.name) is no histogram") }
    return HistogramBlock(first: place(family, series), bounds: bounds, count: series.count)
  }

  /// Asks `collector` on each loop when the metrics are read.
  public func collect(_ collector: @escaping Collector) { state.withLock { $0.collectors.append(collector) } }

  private func place(_ family: MetricFamily, _ series: [[String]]) -> Int {
    for labels in series { precondition(labels.count == family.labels.count, "\(family.name): not so many labels") }
    return state.withLock { state in
      for known in state.registered where known.family.name == family.name {
        precondition(known.family == family, "\(family.name) is registered with two meanings")
        precondition(Set(known.series).isDisjoint(with: series), "\(family.name): a series is registered twice")
      }
      let first = state.cellCount
      state.registered.append(Registered(family: family, series: series, first: first))
      state.cellCount += family.cellsPerSeries * series.count
      cellCount.store(state.cellCount, ordering: .releasing)
      return first
    }
  }

  /// The loop's counters. Only on `loop`.
  @inline(__always)
  public func cells(on loop: EventLoop) -> MetricCells {
    let mine = cells[loop.index].cells(on: loop)
    let needed = cellCount.load(ordering: .relaxed)
    if mine.values.count < needed { mine.grow(to: needed) }
    return mine
  }

  // MARK: Reading

  /// All metrics as text. Waits for each loop to come round.
  public func render(_ format: MetricsFormat = .prometheus) async -> String {
    let (registered, collectors) = state.withLock { ($0.registered, $0.collectors) }
    var merged = MetricSamples()
    for loop in group.loops { merged.merge(await read(loop, registered, collectors)) }
    return Exposition(format).text(merged)
  }

  private func read(
    _ loop: EventLoop, _ registered: [Registered], _ collectors: [Collector]
  ) async -> MetricSamples {
    let asked = EventLoop.preciseNow
    return await withCheckedContinuation { continuation in
      loop.execute { [self] in
        var samples = MetricSamples()
        let values = cells(on: loop).values
        for entry in registered {
          let stride = entry.family.cellsPerSeries
          for (index, labels) in entry.series.enumerated() {
            let start = entry.first + index * stride
            samples.add(values[start..<(start + stride)].map(Double.init), to: entry.family, labels)
          }
        }
        LoopMetrics.collect(loop, delayNs: Int(EventLoop.preciseNow - asked), &samples)
        for collector in collectors { collector(loop, &samples) }
        continuation.resume(returning: samples)
      }
    }
  }
}
