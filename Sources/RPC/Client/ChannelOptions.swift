/// The options of a channel: its connections, its interceptors, its limits.
public struct ChannelOptions: Sendable {
  /// The maximum number of connections of a channel.
  static let connectionsMax = 64

  /// Connections to the server, 1 to 64. Further ones are opened as calls need them; calls go where the fewest are.
  public var connections = 1
  /// The interceptors of every call, the first outermost.
  public var interceptors: [any ClientInterceptor] = []
  /// The policy for retries of failed calls, unless a call has its own.
  public var retryPolicy: RetryPolicy?
  /// The budget for the retries of all calls together.
  public var retryBudget = RetryBudget()
  /// The compression of requests, unless a call has its own. Responses may use every compression that the client
  /// supports.
  public var compression = Compression.identity
  /// The waits between attempts to connect.
  public var reconnectBackoff = Backoff(initial: .seconds(1), maximum: .seconds(120), multiplier: 1.6)
  /// The timeout for connecting, including TLS and the server's SETTINGS.
  public var connectTimeout = Duration.seconds(20)
  /// A connection without calls for so long is closed; nil keeps it.
  public var idleTimeout: Duration? = .seconds(30 * 60)
  /// The check of silent connections; nil leaves it to TCP.
  public var keepAlive: KeepAlive?
  /// The limits of responses.
  public var limits = ClientLimits()
  /// The source of randomness: numbers in 0..<1.
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
  /// The bytes that a server may send before the call reads them.
  public var streamWindowBytes = 1024 * 1024
  /// The bytes that a caller may send before the server reads them; then it waits.
  public var requestBufferBytes = 64 * 1024
  /// Requests that one call keeps in order to be made again, in bytes. A call that sends more cannot be.
  public var retryBufferBytesMax = 256 * 1024
  /// Calls that wait for a connection or for their turn on one. More are RESOURCE_EXHAUSTED.
  public var waitingCallsMax = 10_000

  /// The defaults.
  public init() {}
}
