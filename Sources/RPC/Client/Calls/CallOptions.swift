internal import EventLoop

/// What one call of a client wants beside its message.
public struct CallOptions: Sendable {
  /// How long the caller waits, over all attempts; then the call ends with DEADLINE_EXCEEDED on both sides. Nil waits
  /// for ever.
  public var timeout: Duration?
  /// Leading metadata.
  public var metadata: Metadata
  /// Whether the call waits for a connection while the server cannot be reached, instead of failing with UNAVAILABLE.
  public var waitsForReady: Bool
  /// When the call is made again after a failure; nil leaves it to the channel's policy.
  public var retryPolicy: RetryPolicy?
  /// How requests are compressed, if they are long enough to gain by it; nil leaves it to the channel.
  public var compression: Compression?

  /// Options of a call.
  public init(
    timeout: Duration? = nil, metadata: Metadata = [:], waitsForReady: Bool = false, retryPolicy: RetryPolicy? = nil,
    compression: Compression? = nil
  ) {
    self.timeout = timeout
    self.metadata = metadata
    self.waitsForReady = waitsForReady
    self.retryPolicy = retryPolicy
    self.compression = compression
  }

  /// Options of a call that is made on behalf of `call`, within its handler: it waits no longer than the caller of
  /// `call` does, and carries on what is to be carried on, such as the trace (``Call/propagated``). When `call` is
  /// cancelled, so is whatever its handler awaits.
  public init(inheriting call: Call) {
    self.init(metadata: call.propagated)
    if let deadline = call.deadline { timeout = .nanoseconds(max(0, deadline - call.loop.now)) }
  }
}
