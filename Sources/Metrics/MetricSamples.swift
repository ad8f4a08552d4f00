/// The samples that collectors report when the metrics are read: numbers that are counted elsewhere.
public struct MetricSamples: Sendable {
  /// The samples of one series.
  struct Series: Sendable, Equatable {
    /// A counter's or gauge's number; a histogram's buckets and then its sum.
    var numbers: [Double]
  }

  struct Key: Hashable, Sendable {
    let family: String
    let labels: [String]
  }

  private(set) var families: [MetricFamily] = []
  private(set) var order: [Key] = []
  private(set) var series: [Key: Series] = [:]

  init() {}

  /// Adds to a series of a counter or gauge. What several loops report under the same labels is added up.
  public mutating func add(_ value: Double, to family: MetricFamily, _ labels: [String] = []) {
    add([value], to: family, labels)
  }

  /// Adds to a series of a counter or gauge.
  public mutating func add(_ value: Int, to family: MetricFamily, _ labels: [String] = []) {
    add([Double(value)], to: family, labels)
  }

  /// Adds to a histogram: how many observations fell in each bucket, the last one without bound, and their sum, in the
  /// family's whole numbers.
  public mutating func add(counts: [Int], sum: Int, to family: MetricFamily, _ labels: [String] = []) {
    add(counts.map(Double.init) + [Double(sum)], to: family, labels)
  }

  mutating func merge(_ other: MetricSamples) {
    for family in other.families {
      for key in other.order where key.family == family.name {
        if let series = other.series[key] { add(series.numbers, to: family, key.labels) }
      }
    }
  }

  mutating func add(_ numbers: [Double], to family: MetricFamily, _ labels: [String]) {
    precondition(numbers.count == family.cellsPerSeries, "\(family.name): not so many numbers")
    precondition(labels.count == family.labels.count, "\(family.name): not so many labels")
    let key = Key(family: family.name, labels: labels)
    guard let known = series[key] else {
      if !families.contains(where: { $0.name == family.name }) { families.append(family) }
      order.append(key)
      series[key] = Series(numbers: numbers)
      return
    }
    series[key] = Series(numbers: zip(known.numbers, numbers).map(+))
  }
}
