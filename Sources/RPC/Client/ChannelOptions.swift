/// The options of a channel: its connections, its interceptors, its limits.
public struct ChannelOptions: Sendable {
  /// Connections that a channel may ask for.
  static let connectionsMax = 64

  /// Connections to the server, 1 to 64. Further ones are opened as calls need them; calls go where the fewest are.
  public var connections = 1
  /// What every call passes through, the first outermost.
  public var interceptors: [any ClientInterceptor] = []
  /// Which failed calls are made again, unless a call has a policy of its own.
  public var retryPolicy: RetryPolicy?
  /// What bounds the retries of all calls together.
  public var retryBudget = RetryBudget()
  /// How requests are compressed, unless a call has a choice of its own. Whatever it is, responses may be compressed in
  /// any way that we know.
  public var compression = Compression.identity
  /// The waits between attempts to connect.
  public var reconnectBackoff = Backoff(initial: .seconds(1), maximum: .seconds(120), multiplier: 1.6)
  /// How long connecting may take, with TLS and the server's greeting.
  public var connectTimeout = Duration.seconds(20)
  /// A connection without calls for so long is closed; nil keeps it.
  public var idleTimeout: Duration? = .seconds(30 * 60)
  /// How a silent connection is found dead; nil leaves it to TCP.
  public var keepAlive: KeepAlive?
  /// What calls may take.
  public var limits = ClientLimits()
  /// Where chance comes from: numbers in 0..<1.
  var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

  /// The defaults.
  public init() {}
}

/// The limits on what a server may make a client hold, and on the client's own buffers. Every bound has its unit in its
/// name.
public struct ClientLimits: Sendable {
  /// The largest response that is accepted, in bytes. More is RESOURCE_EXHAUSTED.
  public var responseBytesMax = 64 * 1024 * 1024
  /// All header fields of an answer together, in bytes, each counted with HTTP/2's 32 bytes of overhead.
  public var headerBytesMax = 16 * 1024
  /// Header fields of an answer.
  public var headerCountMax = 128
  /// What a server may send ahead of one call's reader, in bytes.
  public var streamWindowBytes = 1024 * 1024
  /// What a caller may send ahead of the server before it has to wait, in bytes.
  public var requestBufferBytes = 64 * 1024
  /// Requests that one call keeps in order to be made again, in bytes. A call that sends more cannot be.
  public var retryBufferBytesMax = 256 * 1024
  /// Calls that wait for a connection or for their turn on one. More are RESOURCE_EXHAUSTED.
  public var waitingCallsMax = 10_000

  /// The defaults.
  public init() {}
}
