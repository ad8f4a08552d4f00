/// The limits of a method's requests and calls, by the method's path.
public struct RequestRules: Sendable, Equatable {
  /// The maximum size of a request in any encoding, without its compression. A larger request fails with
  /// RESOURCE_EXHAUSTED. ``RPCLimits/requestBytesMax`` is the maximum of this value.
  public var bytesMax: Int
  /// Whether unknown fields stay in the message, for services that encode it again. Otherwise they are dropped.
  public var keepsUnknownFields: Bool
  /// The time that a call has if its caller names no deadline; nil for as long as it takes. It is no maximum: the
  /// caller's own deadline stands.
  public var deadline: Duration?

  /// Rules; without any, ``RPCLimits/requestBytesMax`` holds.
  public init(bytesMax: Int = .max, keepsUnknownFields: Bool = false, deadline: Duration? = nil) {
    self.bytesMax = bytesMax
    self.keepsUnknownFields = keepsUnknownFields
    self.deadline = deadline
  }
}

extension Call {
  /// The most bytes that a request of its may have, as sent and without its compression.
  @inline(__always)
  var requestBytesMax: Int { request.method?.rules.bytesMax ?? server.limits.requestBytesMax }

  /// The most bytes that the message at the front of `incoming` may have on the wire. The limit counts a message
  /// without its compression, which makes larger what cannot be made smaller.
  var wireBytesMax: Int {
    let limit = requestBytesMax
    if request.encoding == .identity || incoming.isEmpty || !incoming.isCompressed { return limit }
    return Compression.wireBytesMax(limit: limit)
  }

  /// Refuses a message that came together with the one before it, so that its length was not seen when it arrived.
  func checkLength(_ length: Int) throws {
    if length > wireBytesMax { throw RPCError(requestOf: length, limit: wireBytesMax) }
  }
}

extension RPCError {
  /// A request is too long. `bytes`: how long it is, where that is known.
  init(requestOf bytes: Int?, limit: Int) {
    let words = bytes.map { "the request has \($0) bytes, more than the limit of \(limit)" }
    self = RuntimeReason.requestTooLarge.error(
      words ?? "the request has more bytes than the limit of \(limit)", metadata: ["limit_bytes": "\(limit)"])
  }
}
