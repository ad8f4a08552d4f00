/// The decision on a request to spend.
public struct RateDecision: Sendable, Equatable {
  /// Whether it may go ahead; then, what it costs has been spent.
  public let isAdmitted: Bool
  /// Units that are left, whole ones.
  public let remaining: Int64
  /// Nanoseconds until everything has come back, if nothing else is spent.
  public let resetNs: Int64
  /// Nanoseconds until the same request would be admitted, if nothing else is spent: 0 when it is, nil when it costs
  /// more than a burst and never will be.
  public let retryNs: Int64?

  /// A decision.
  @inlinable
  public init(isAdmitted: Bool, remaining: Int64, resetNs: Int64, retryNs: Int64?) {
    self.isAdmitted = isAdmitted
    self.remaining = remaining
    self.resetNs = resetNs
    self.retryNs = retryNs
  }
}
