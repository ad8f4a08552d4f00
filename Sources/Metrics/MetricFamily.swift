/// A metric with all its label values, announced by one `# TYPE` line.
public struct MetricFamily: Sendable, Equatable {
  /// The type of the metric.
  public enum Kind: Sendable, Equatable {
    /// Only grows.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts observations by size. `bounds` are the inclusive upper bounds, growing, in the family's whole numbers.
    case histogram(bounds: [Int])
  }

  /// Without `_total`, which counters get where they are written.
  public let name: String
  /// A sentence about the metric for its readers.
  public let help: String
  /// The meaning of its numbers.
  public let kind: Kind
  /// Names of its labels.
  public let labels: [String]
  /// The unit of the counted integers: 1e-9 for nanoseconds shown as seconds.
  public let scale: Double
  /// Whether series that have never counted anything are left out.
  public let omitsZeros: Bool

  /// A family. Names that Prometheus forbids are a programmer's error and end the process.
  public init(
    _ name: String, help: String, kind: Kind, labels: [String] = [], scale: Double = 1, omitsZeros: Bool = false
  ) {
    precondition(Self.isLegal(name, alsoColons: true), "\(name) is no name of a metric")
    precondition(!name.hasSuffix("_total"), "\(name): _total is added where it is due")
    for label in labels {
      precondition(Self.isLegal(label, alsoColons: false) && !label.hasPrefix("__"), "\(label) is no name of a label")
    }
    precondition(Set(labels).count == labels.count, "\(name): two labels of one name")
    if case .histogram(let bounds) = kind {
      precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "\(name): bounds must grow")
      precondition(!labels.contains("le"), "\(name): le is the histogram's own label")
    }
    self.name = name
    self.help = help
    self.kind = kind
    self.labels = labels
    self.scale = scale
    self.omitsZeros = omitsZeros
  }

  /// Whole numbers that one series of the family needs.
  var cellsPerSeries: Int {
    if case .histogram(let bounds) = kind { bounds.count + 2 } else { 1 }
  }

  private static func isLegal(_ name: String, alsoColons: Bool) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
      case 0x3A: alsoColons
      default: false
      }
    }
  }
}
