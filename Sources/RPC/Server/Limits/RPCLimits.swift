/// What a caller may make a server hold. Every bound has its unit in its name.
public struct RPCLimits: Sendable {
  /// The largest message a caller may send, in bytes. More is RESOURCE_EXHAUSTED.
  public var requestBytesMax = 4 * 1024 * 1024
  /// Fields of a message that a caller may send, and elements of its lists, all together: an empty one takes two bytes
  /// to send and far more work to read. More is INVALID_ARGUMENT.
  public var requestElementsMax = 100_000
  /// The largest message a handler may send, in bytes. More is RESOURCE_EXHAUSTED.
  public var responseBytesMax = 64 * 1024 * 1024
  /// Streams open at once on one connection; what is beyond is refused, which is safe to retry.
  public var streamsPerConnectionMax = 1000
  /// Connections open at once. Before they are reached, the connections that have been idle for longest are closed
  /// (``connectionsCrowded``); what is beyond is closed on arrival.
  public var connectionsMax = 20_000
  /// How long a connection has to be idle before it is closed for others, as long as half of the last places are free.
  public var crowdedIdleMin = Duration.seconds(1)
  /// Connections of one peer address, or one IPv6 network of 64 bits; what is beyond is closed on arrival. An office of
  /// hundreds of browsers behind one address needs fewer, and it takes ten addresses to fill a server. Unix sockets and
  /// trusted proxies carry the calls of many, and have no such bound.
  public var connectionsPerAddressMax = 2_000
  /// All header fields of a call together, in bytes, each counted with HTTP/2's 32 bytes of overhead.
  public var headerBytesMax = 16 * 1024
  /// Header fields of a call.
  public var headerCountMax = 128
  /// What every call may send before it is known how much it is going to send, in bytes: HTTP/2's own default.
  public var requestHeadStartBytes = 65_535
  /// What the caller of a stream of requests may send ahead of the handler, in bytes.
  public var streamWindowBytes = 256 * 1024
  /// What a handler may send ahead of its reader before it has to wait, in bytes.
  public var responseBufferBytes = 64 * 1024
  /// Calls at work at once on all connections, streams among them; what is beyond is refused, which is safe to retry.
  /// The last quarter is for calls with one request and one response (``callsCrowded``).
  public var callsMax = 100_000
  /// Calls at work at once on all connections of one peer address; what is beyond is RESOURCE_EXHAUSTED. Five hundred
  /// browsers with ten streams each are within it, and it takes fifteen addresses to fill a server with streams.
  public var callsPerAddressMax = 5_000
  /// Calls that are taken beyond ``callsMax``, so that a full server can still be looked at and put right: HTTP routes,
  /// `Health/Check`, and callers who show credentials. One address may have a tenth of them.
  public var callsReservedMax = 1_000
  /// How long a request may take to arrive whole when few calls are left, that is beyond ``callsCrowded``.
  public var crowdedRequestMax = Duration.seconds(2)
  /// Requests of a connection's calls that are being received or handled, in bytes. Those larger than
  /// ``requestHeadStartBytes`` wait, stopped by flow control, until there is room for them.
  public var heldRequestBytesMax = 16 * 1024 * 1024
  /// Requests of one peer address that are being received or handled, as they came and decoded, in bytes; a quarter of
  /// ``heldRequestBytesInAllMax`` at most, and an eighth of this when half of that is held. Beyond, requests of more
  /// than 2 KiB are RESOURCE_EXHAUSTED. Unix sockets and trusted proxies carry the calls of many, and have no such
  /// bound.
  public var heldRequestBytesPerAddressMax = 32 * 1024 * 1024
  /// The same of all callers together: an eighth of the memory that the process may have, 256 MiB at most.
  public var heldRequestBytesInAllMax = ProcessMemory.share(eighths: 1, bytesMax: 256 * 1024 * 1024)
  /// Responses that a connection's caller has not read, in bytes. Until it has, none of its further calls starts; those
  /// that are at work may add as much again, and what is beyond that is RESOURCE_EXHAUSTED.
  public var unreadResponseBytesMax = 64 * 1024 * 1024
  /// The same of all connections of one peer address, in bytes, if it is more than 1 MiB; a quarter of
  /// ``unreadResponseBytesInAllMax`` at most, and an eighth of this when half of that is unread. Beyond, responses are
  /// RESOURCE_EXHAUSTED. Unix sockets and trusted proxies carry the calls of many, and have no such bound.
  public var unreadResponseBytesPerAddressMax = 128 * 1024 * 1024
  /// The same of all callers together: an eighth of the memory that the process may have, 1 GiB at most.
  public var unreadResponseBytesInAllMax = ProcessMemory.share(eighths: 1, bytesMax: 1024 * 1024 * 1024)
  /// How long a caller may leave a request unfinished without sending a byte of it.
  public var requestStallMax = Duration.seconds(30)
  /// How long a caller may leave a response unread without taking a byte of it.
  public var responseStallMax = Duration.seconds(300)
  /// How long the calls of a caller that has ended its half of the connection may go on: it may be gone.
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
  /// Calls beyond which no more streams are taken, and requests have to arrive soon: all but a quarter.
  var callsCrowded: Int { callsMax - callsMax / 4 }
}
