/// Keeps retries from drowning a server that is failing (gRFC A6, throttling): failures of calls that might be made
/// again cost a token, calls that end well earn a part of one. While half of the tokens or more are gone, nothing is
/// made again.
public struct RetryBudget: Sendable, Equatable {
  private static let unitsPerToken = 1000  // gRPC counts in three decimals

  private let unitsMax: Int
  private let unitsPerSuccess: Int
  private var units: Int

  /// A full budget of `tokens` (1 to 1,000), of which a success earns `tokensPerSuccess`, at least a thousandth.
  public init(tokens: Int = 100, tokensPerSuccess: Double = 0.1) {
    unitsMax = min(max(tokens, 1), 1000) * Self.unitsPerToken
    unitsPerSuccess = Int(min(max(tokensPerSuccess, 0.001), 1000) * Double(Self.unitsPerToken))
    units = unitsMax
  }

  /// Whether a call may be made again now.
  var allowsRetry: Bool { units > unitsMax / 2 }

  mutating func countFailure() { units = max(0, units - Self.unitsPerToken) }

  mutating func countSuccess() { units = min(unitsMax, units + unitsPerSuccess) }
}
