/// Which failed calls a client makes again by itself, how often, and when (gRFC A6).
///
/// A call is made again only while nothing of its answer has been seen. Its deadline holds for all attempts together.
/// Calls that a server certainly never began are made again without a policy.
public struct RetryPolicy: Sendable, Equatable {
  /// Attempts that a policy may ask for, the first one included.
  public static let attemptsMax = 5

  /// Attempts for one call, the first one included: 1 to ``attemptsMax``.
  public let attempts: Int
  /// The waits between attempts.
  public var backoff: Backoff
  /// The failures after which the call is made again. Only those after which that is harmless for the method.
  public var codes: Set<StatusCode>

  /// A policy; `attempts` beyond its limits are brought within them.
  public init(
    attempts: Int,
    backoff: Backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(5), multiplier: 2),
    codes: Set<StatusCode> = [.unavailable]
  ) {
    self.attempts = min(max(attempts, 1), Self.attemptsMax)
    self.backoff = backoff
    self.codes = codes
  }

  /// Makes no call again, for calls on a channel that otherwise would.
  public static let never = RetryPolicy(attempts: 1, codes: [])
}
