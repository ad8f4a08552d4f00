/// The limits on what callers may make a server hold. Every bound has its unit in its name.
public struct RPCLimits: Sendable {
  /// The largest message a caller may send, in bytes. More is RESOURCE_EXHAUSTED.
  public var requestBytesMax = 4 * 1024 * 1024
  /// The maximum number of fields of a request and elements of its lists, all together. An empty one takes two bytes to
  /// send and far more work to decode. More is INVALID_ARGUMENT.
  public var requestElementsMax = 100_000
  /// The largest message a handler may send, in bytes. More is RESOURCE_EXHAUSTED.
  public var responseBytesMax = 64 * 1024 * 1024
  /// Streams open at once on one connection. Further ones are refused, which is safe to retry.
  public var streamsPerConnectionMax = 1000
  /// Connections open at once. Before the maximum is reached, the server closes the connections that have been idle
  /// longest (``connectionsCrowded``). Beyond the maximum it closes new ones.
  public var connectionsMax = 20_000
  /// The minimum idle time before a connection is closed for others, as long as half of the last places are free.
  public var crowdedIdleMin = Duration.seconds(1)
  /// The maximum number of connections of one peer address, or of one IPv6 network of 64 bits. Further ones are closed
  /// at once. An office of hundreds of browsers behind one address needs fewer, and it takes ten addresses to fill a
  /// server. Unix sockets and trusted proxies carry the calls of many clients, and have no such limit.
  public var connectionsPerAddressMax = 2_000
  /// All header fields of a call together, in bytes, each counted with HTTP/2's 32 bytes of overhead.
  public var headerBytesMax = 16 * 1024
  /// Header fields of a call.
  public var headerCountMax = 128
  /// The bytes that every call may send before the size of its request is known: HTTP/2's own default window.
  public var requestHeadStartBytes = 65_535
  /// The bytes that a caller may send ahead of the handler on a stream of requests.
  public var streamWindowBytes = 256 * 1024
  /// The bytes that a handler may send ahead of its caller before it waits.
  public var responseBufferBytes = 64 * 1024
  /// Open calls on all connections, streams included. Further ones are refused, which is safe to retry. The last
  /// quarter is reserved for unary calls (``callsCrowded``).
  public var callsMax = 100_000
  /// Open calls on all connections of one peer address. Beyond it is RESOURCE_EXHAUSTED. Five hundred browsers with ten
  /// streams each stay within it, and it takes fifteen addresses to fill a server with streams.
  public var callsPerAddressMax = 5_000
  /// Calls that are admitted beyond ``callsMax``, so that operators can inspect and repair a full server: HTTP routes,
  /// `Health/Check`, and calls with credentials. One address may have a tenth of them.
  public var callsReservedMax = 1_000
  /// The time in which a request must arrive when few calls are left, that is beyond ``callsCrowded``.
  public var crowdedRequestMax = Duration.seconds(2)
  /// The bytes of a connection's requests that are being received or handled. Requests larger than
  /// ``requestHeadStartBytes`` wait, stopped by flow control, until there is room for them.
  public var heldRequestBytesMax = 16 * 1024 * 1024
  /// Requests of one peer address that are being received or handled, as they came and decoded, in bytes; a quarter of
  /// ``heldRequestBytesInAllMax`` at most, and an eighth of this when half of that is held. Beyond, requests of more
  /// than 2 KiB are RESOURCE_EXHAUSTED. Unix sockets and trusted proxies carry the calls of many, and have no such
  /// bound.
  public var heldRequestBytesPerAddressMax = 32 * 1024 * 1024
  /// The same of all callers together: an eighth of the memory that the process may have, 256 MiB at most.
  public var heldRequestBytesInAllMax = ProcessMemory.share(eighths: 1, bytesMax: 256 * 1024 * 1024)
  /// The bytes of responses that a connection's caller has not read. Above it, none of its further calls starts. Its
  /// running calls may add as much again; beyond that is RESOURCE_EXHAUSTED.
  public var unreadResponseBytesMax = 64 * 1024 * 1024
  /// The same of all connections of one peer address, in bytes, if it is more than 1 MiB; a quarter of
  /// ``unreadResponseBytesInAllMax`` at most, and an eighth of this when half of that is unread. Beyond, responses are
  /// RESOURCE_EXHAUSTED. Unix sockets and trusted proxies carry the calls of many, and have no such bound.
  public var unreadResponseBytesPerAddressMax = 128 * 1024 * 1024
  /// The same of all callers together: an eighth of the memory that the process may have, 1 GiB at most.
  public var unreadResponseBytesInAllMax = ProcessMemory.share(eighths: 1, bytesMax: 1024 * 1024 * 1024)
  /// The maximum time between two bytes of an unfinished request.
  public var requestStallMax = Duration.seconds(30)
  /// The maximum time for which a caller may read no byte of a response.
  public var responseStallMax = Duration.seconds(300)
  /// The maximum duration of the calls of a caller that has half-closed its connection: the caller may be gone.
  public var halfClosedMax = Duration.seconds(30)

  /// The defaults.
  public init() {}

  /// The last places, for which idle connections make way: a sixteenth, or thirty-two where that is more and there are
  /// enough, for as many come in one turn of a loop.
  private var connectionsSpare: Int { max(connectionsMax / 16, min(connectionsMax / 4, 32)) }
  /// Connections beyond which those that have been idle for longest make way.
  var connectionsCrowded: Int { connectionsMax - connectionsSpare }
  /// Connections beyond which any idle one makes way, and only addresses with few get more.
  var connectionsTight: Int { connectionsMax - connectionsSpare / 2 }
  /// Connections beyond which also busy ones make way, of those addresses that have most.
  var connectionsLast: Int { connectionsMax - max(1, connectionsSpare / 8) }
  /// The number of calls, three quarters of the maximum, beyond which no new streams are accepted and requests must
  /// arrive soon.
  var callsCrowded: Int { callsMax - callsMax / 4 }
}
