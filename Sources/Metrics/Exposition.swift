/// The text formats of metrics.
public enum MetricsFormat: Sendable {
  /// Prometheus' text format, version 0.0.4.
  case prometheus
  /// OpenMetrics 1.0.0.
  case openMetrics

  /// The format for a reader with this `accept` header: OpenMetrics if it is requested.
  public init(accept: String?) {
    self = accept?.lowercased().contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
  }

  /// The `content-type` of the text.
  public var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}

/// Formats metrics as text.
///
/// Sources: Prometheus' "Exposition formats", and the OpenMetrics specification 1.0.0.
struct Exposition {
  private let format: MetricsFormat

  init(_ format: MetricsFormat) { self.format = format }

  func text(_ samples: MetricSamples) -> String {
    var text = ""
    var keys: [String: [MetricSamples.Key]] = [:]
    for key in samples.order { keys[key.family, default: []].append(key) }
    for family in samples.families.sorted(by: { $0.name < $1.name }) {
      let series = (keys[family.name] ?? []).compactMap { key in samples.series[key].map { (key.labels, $0.numbers) } }
        .filter { !family.omitsZeros || $0.1.contains { $0 != 0 } }
      write(family, series, to: &text)
    }
    if format == .openMetrics { text += "# EOF\n" }
    return text
  }

  private func write(_ family: MetricFamily, _ series: [(labels: [String], numbers: [Double])], to text: inout String) {
    let name = family.name
    let counted = family.kind == .counter ? name + "_total" : name
    // OpenMetrics announces a counter by its family's name, the older format by its sample's.
    let announced = format == .openMetrics ? name : counted
    text += "# HELP \(announced) \(escaped(help: family.help))\n"
    text += "# TYPE \(announced) \(Self.word(family.kind))\n"
    for (labels, numbers) in series {
      let pairs = zip(family.labels, labels).map { "\($0)=\"\(Self.escaped(label: $1))\"" }
      switch family.kind {
      case .counter, .gauge:
        text += "\(counted)\(Self.braced(pairs)) \(Self.number(numbers[0] * family.scale))\n"
      case .histogram(let bounds):
        var count = 0.0
        for (index, observed) in numbers.dropLast().enumerated() {
          count += observed
          let bound = index < bounds.count ? Self.decimal(Double(bounds[index]) * family.scale) : "+Inf"
          text += "\(name)_bucket\(Self.braced(pairs + ["le=\"\(bound)\""])) \(Self.number(count))\n"
        }
        text += "\(name)_sum\(Self.braced(pairs)) \(Self.number((numbers.last ?? 0) * family.scale))\n"
        text += "\(name)_count\(Self.braced(pairs)) \(Self.number(count))\n"
      }
    }
  }

  private static func word(_ kind: MetricFamily.Kind) -> String {
    switch kind {
    case .counter: "counter"
    case .gauge: "gauge"
    case .histogram: "histogram"
    }
  }

  private static func braced(_ pairs: [String]) -> String {
    pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
  }

  /// Whole numbers without a point, as far as doubles hold them exactly.
  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded() && abs(value) < 9e15 ? "\(Int(value))" : decimal(value)
  }

  /// Rounded to 12 digits, so that a scaled bound is written as people think of it.
  private static func decimal(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    var unit = 1.0
    while abs(value) * unit < 1e11 && unit < 1e15 { unit *= 10 }
    return "\((value * unit).rounded() / unit)"
  }

  private func escaped(help: String) -> String {
    let text = Self.escaped(label: help)
    // The older format knows no quotes in a sentence.
    return format == .openMetrics ? text : text.replacing("\\\"", with: "\"")
  }

  private static func escaped(label: String) -> String {
    var text = ""
    for scalar in label.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
