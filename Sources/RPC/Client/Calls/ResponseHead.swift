internal import Glibc
internal import Protobuf

/// The header fields and trailers of a response, filled field by field. A successful call without metadata makes no
/// string.
struct ResponseHead: ~Copyable {
  private(set) var httpStatus = 0
  private var isGRPC = false
  private var contentType = ""
  /// The status, once there is one: what is no number of gRPC's counts as UNKNOWN.
  private(set) var status: StatusCode?
  private var message = ""
  private var details: [UInt8]?
  private(set) var pushback = RetryPushback.none
  /// The compression of its compressed messages; nil when it is unknown.
  private(set) var encoding: Compression? = .identity
  private(set) var headers: Metadata = [:]
  private(set) var trailers: Metadata = [:]
  private(set) var isTooLarge = false
  /// The first block is complete, and it was the real one: what follows are trailers.
  private(set) var isStarted = false
  private var bytes = 0
  private var count = 0

  /// Resets everything.
  mutating func reset() { self = ResponseHead() }

  mutating func add(
    _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, within limits: ClientLimits
  ) {
    bytes += name.count + value.count + 32  // as HTTP/2 counts them
    count += 1
    if bytes > limits.headerBytesMax || count > limits.headerCountMax {
      isTooLarge = true
      return
    }
    switch name.count {
    case 7 where Self.equal(name, ":status"): httpStatus = Int(Self.text(value)) ?? 0
    case 12 where Self.equal(name, "content-type"): note(contentType: value)
    case 11 where Self.equal(name, "grpc-status"): status = Self.status(value)
    case 12 where Self.equal(name, "grpc-message"): message = PercentEncoding.decode(Self.text(value))
    case 13 where Self.equal(name, "grpc-encoding"):
      encoding = Compression(name: value)
    case 20 where Self.equal(name, "grpc-accept-encoding"): break
    case 22 where Self.equal(name, "grpc-retry-pushback-ms"):
      // One who says it twice is not to be understood.
      pushback = pushback == .none ? RetryPushback(value) : .never
    case 23 where Self.equal(name, "grpc-status-details-bin"): details = Base64.decode(Self.text(value))
    default: keep(name, value)
    }
  }

  /// A block is complete. - Returns: whether it was only an informational one, after which the real one comes.
  mutating func blockEnded() -> Bool {
    if !isStarted && (100..<200).contains(httpStatus) {
      self = ResponseHead()
      return true
    }
    isStarted = true
    return false
  }

  /// Why this is no answer of gRPC, once its first block is complete; nil when it is one, or when it says its status
  /// itself, which then counts.
  var refusal: RPCError? {
    if isTooLarge { return RPCError(.resourceExhausted, "the response metadata is larger than the client's limit") }
    if status != nil || (httpStatus == 200 && isGRPC) { return nil }
    if httpStatus == 200 {
      return RPCError(.unknown, "the answer has the content type \"\(EchoedText.cut(contentType))\", not gRPC's")
    }
    return RPCError(StatusCode(http: httpStatus), "the server answered with HTTP status \(httpStatus)")
  }

  /// The error with which the call ended, once the response is complete; nil when it succeeded.
  var failure: RPCError? {
    if isTooLarge { return refusal }
    guard let status else {
      if let refusal { return refusal }
      return RPCError(StatusCode(http: httpStatus), "the stream ended without a status")
    }
    if status == .ok { return nil }
    // An answer of one header block has its trailers there: `PROTOCOL-HTTP2.md`, Trailers-Only.
    var error = RPCError(status, message, trailers: trailers.isEmpty ? headers : trailers)
    if let details { error.details = RPCError.decodeDetails(details) }
    return error
  }

  private mutating func note(contentType value: UnsafeBufferPointer<UInt8>) {
    isGRPC = Self.isGRPC(value)
    if !isGRPC { contentType = String(Self.text(value).prefix(100)) }
  }

  /// `application/grpc`, alone or with a suffix or parameters. Source: `PROTOCOL-HTTP2.md`, Content-Type.
  private static func isGRPC(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
    guard value.count >= 16, equal(UnsafeBufferPointer(rebasing: value[..<16]), "application/grpc") else {
      return false
    }
    return value.count == 16 || value[16] == UInt8(ascii: "+") || value[16] == UInt8(ascii: ";")
  }

  private mutating func keep(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    if isStarted {
      trailers.addAsIs(Self.text(name), Self.text(value))
    } else {
      headers.addAsIs(Self.text(name), Self.text(value))
    }
  }

  private static func status(_ value: UnsafeBufferPointer<UInt8>) -> StatusCode {
    guard value.count <= 2, value.allSatisfy({ (0x30...0x39).contains($0) }), let code = Int32(text(value)) else {
      return .unknown
    }
    return StatusCode(rawValue: code) ?? .unknown
  }

  private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  @inline(__always)
  private static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
    return memcmp(start, text.utf8Start, bytes.count) == 0
  }
}
