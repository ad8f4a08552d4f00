/// What one call of a client wants beside its message.
public struct CallOptions: Sendable {
  /// How long the caller waits; then the call ends with DEADLINE_EXCEEDED on both sides. Nil waits for ever.
  public var timeout: Duration?
  /// Leading metadata.
  public var metadata: Metadata

  /// Options of a call.
  public init(timeout: Duration? = nil, metadata: Metadata = [:]) {
    self.timeout = timeout
    self.metadata = metadata
  }
}
