/// The cells of one family's series. They are found once, at registration, so counting needs no name.
public struct MetricBlock: Sendable {
  @usableFromInline let first: Int
  /// The number of series.
  public let count: Int

  /// The series at `index` alone.
  public subscript(_ index: Int) -> MetricBlock {
    precondition(index >= 0 && index < count, "there is no such series")
    return MetricBlock(first: first + index, count: 1)
  }
}

/// The cells of one family of histograms.
public struct HistogramBlock: Sendable {
  @usableFromInline let first: Int
  @usableFromInline let bounds: [Int]
  /// The number of series.
  public let count: Int

  /// The series at `index` alone.
  public subscript(_ index: Int) -> HistogramBlock {
    precondition(index >= 0 && index < count, "there is no such series")
    return HistogramBlock(first: first + index * (bounds.count + 2), bounds: bounds, count: 1)
  }
}

/// The counters of one loop. Confined to its loop: counting is an addition to memory that no other thread touches.
public final class MetricCells {
  @usableFromInline private(set) var values: [Int] = []

  init() {}

  /// Room for everything that is registered by now.
  func grow(to count: Int) {
    if values.count < count { values.append(contentsOf: repeatElement(0, count: count - values.count)) }
  }

  /// Adds to the series at `index` of a counter or gauge; gauges go down by negative amounts.
  @inlinable @inline(__always)
  public func add(_ amount: Int = 1, to block: MetricBlock, at index: Int = 0) {
    values[block.first &+ index] &+= amount
  }

  /// Counts an observation in the series at `index` of a histogram.
  @inlinable
  public func observe(_ value: Int, in block: HistogramBlock, at index: Int = 0) {
    let first = block.first &+ index &* (block.bounds.count &+ 2)
    var bucket = 0
    while bucket < block.bounds.count && value > block.bounds[bucket] { bucket &+= 1 }
    values[first &+ bucket] &+= 1
    values[first &+ block.bounds.count &+ 1] &+= value
  }
}
