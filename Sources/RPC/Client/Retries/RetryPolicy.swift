/// The policy of retries: which failed calls a client retries, how often, and when (gRFC A6).
///
/// A call is retried only while no part of its response has arrived. Its deadline covers all attempts. A call that the
/// server certainly did not begin is retried without a policy.
public struct RetryPolicy: Sendable, Equatable {
  /// The maximum number of attempts of a policy, including the first.
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
