internal import EventLoop

/// The options of one call of a client.
public struct CallOptions: Sendable {
  /// The timeout of the call, over all attempts; then the call ends with DEADLINE_EXCEEDED on both sides. Nil for no
  /// timeout.
  public var timeout: Duration?
  /// Leading metadata.
  public var metadata: Metadata
  /// Whether the call waits for a connection while the server cannot be reached, instead of failing with UNAVAILABLE.
  public var waitsForReady: Bool
  /// When the call is made again after a failure; nil leaves it to the channel's policy.
  public var retryPolicy: RetryPolicy?
  /// The compression of requests that are long enough to gain by it; nil for the channel's.
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

  /// Options of a call that is made on behalf of `call`, within its handler. The deadline is that of `call`, and its
  /// propagated values, such as the trace, are passed on (``Call/propagated``). When `call` is cancelled, so is
  /// everything that its handler awaits.
  public init(inheriting call: Call) {
    self.init(metadata: call.propagated)
    if let deadline = call.deadline { timeout = .nanoseconds(max(0, deadline - call.loop.now)) }
  }
}
