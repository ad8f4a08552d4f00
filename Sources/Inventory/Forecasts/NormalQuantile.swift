internal import Glibc

/// The quantile of the standard normal distribution, by the rational approximation 26.2.23 of Abramowitz and Stegun,
/// Handbook of Mathematical Functions (1964), whose error is below 0.00045: far less than what sales are known to.
enum NormalQuantile {
  /// - Parameter percent: 50 to 99; others count as the nearest of these.
  static func of(percent: Int32) -> Double {
    let tail = Double(100 - min(max(percent, 50), 99)) / 100
    let t = (-2 * log(tail)).squareRoot()
    let numerator = 2.515517 + t * (0.802853 + t * 0.010328)
    let denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    return max(0, t - numerator / denominator)
  }
}
