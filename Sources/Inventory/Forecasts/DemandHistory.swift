/// What was sold of a variant on each of some days, one after another.
struct DemandHistory: Equatable {
  /// Fewer days say nothing.
  static let daysMin = 14
  /// As many as a confident forecast has at least.
  static let daysOfConfidence = 28

  enum Confidence: Equatable {
    case unknown, low, medium, high
  }

  /// The number of days, those without sales among them.
  let days: Int
  let units: Double
  /// The mean of a day.
  let mean: Double
  /// The standard deviation of a day, of the sample.
  let deviation: Double

  /// - Parameter sold: what was sold on the days with sales; on the others of `days`, it was nothing.
  init(days: Int, sold: [Double]) {
    self.days = max(days, 0)
    units = sold.reduce(0, +)
    guard days > 0 else {
      (mean, deviation) = (0, 0)
      return
    }
    let mean = units / Double(days)
    let onOthers = Double(max(days - sold.count, 0)) * mean * mean
    let squares = sold.reduce(onOthers) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    deviation = days > 1 ? (squares / Double(days - 1)).squareRoot() : 0
  }

  /// How sure the mean is, by its standard error.
  var confidence: Confidence {
    guard days >= Self.daysMin else { return .unknown }
    guard mean > 0 else { return .low }
    let error = deviation / Double(days).squareRoot() / mean
    if error <= 0.2 && days >= Self.daysOfConfidence { return .high }
    return error <= 0.5 ? .medium : .low
  }

  /// The days for which a quantity lasts; nil when nothing was sold.
  func cover(of quantity: Int64) -> Double? { mean > 0 ? Double(quantity) / mean : nil }

  /// The quantity at which it is time to order again, so that stock lasts until the order arrives with the probability:
  /// the mean in the lead time plus `z × deviation × √lead time` (see the .proto file for the source). It supposes that
  /// days do not depend on one another, and that their sum is about normally distributed.
  func reorderPoint(leadTimeDays: Int32, serviceLevelPercent: Int32) -> Int64 {
    let days = Double(max(leadTimeDays, 0))
    let safety = NormalQuantile.of(percent: serviceLevelPercent) * deviation * days.squareRoot()
    // Rounding errors make no unit more.
    let point = (mean * days + safety - 1e-9).rounded(.up)
    return Int64(exactly: max(point, 0)) ?? .max
  }
}
