internal import Glibc
internal import Protobuf

/// The header fields of a call, filled field by field. It makes no string for the fields that most calls carry.
struct RequestHead: ~Copyable {
  private(set) var method: Method?
  private(set) var timeout: Int64?
  var deadline: Int64?
  /// The caller's, or the method's default; nil for none. A limit that the handler sets does not change it.
  var deadlineOfCaller: Int64?
  private var custom = ByteBuffer()
  private var parsed: Metadata?
  private var bytesLeft = 0
  private var fieldsLeft = 0
  private var isPost = false
  private var isGRPC = false
  private var badTimeout = false
  /// The compression of its compressed messages.
  private(set) var encoding = Compression.identity
  /// The compressions of responses that the caller can read.
  private(set) var accepted = CompressionSet.identity
  private var unknownEncoding: String?
  private(set) var isTooLarge = false
  static var tooLarge: RPCError {
    RPCError(.resourceExhausted, "the call's metadata is larger than the server's limit")
  }
  private(set) var isHTTP1 = false
  /// The `:authority` of HTTP/2.
  private var authority = ByteBuffer()
  private var hasContentType = false
  /// Why no two readers would agree on what the request is; nil for almost all.
  private(set) var contradiction: StaticString?
  // Fields that are kept only for requests that are not gRPC over HTTP/2.
  private var httpMethod = ""
  private var contentType: String?
  private var target = ""
  private(set) var path = ""

  /// Memory that stays for the fields of the next call.
  private static let keptCustomBytes = 4096
  /// No less than a buffer takes at first, so that usual calls allocate none.
  private static let keptAuthorityBytes = 512

  /// Resets everything but the memory of its buffers.
  mutating func reset() {
    method = nil
    timeout = nil
    deadline = nil
    deadlineOfCaller = nil
    custom.reset(keepBytes: Self.keptCustomBytes)
    authority.reset(keepBytes: Self.keptAuthorityBytes)
    parsed = nil
    hasContentType = false
    if !isNative { resetWeb() }
    contentType = nil  // a call of gRPC may have had two
    isPost = false
    isGRPC = false
    badTimeout = false
    encoding = .identity
    accepted = .identity
    if isTooLarge || unknownEncoding != nil || !path.isEmpty { resetOddities() }
  }

  private mutating func resetOddities() {
    unknownEncoding = nil
    isTooLarge = false
    path = ""
  }

  private mutating func resetWeb() {
    isHTTP1 = false
    httpMethod = ""
    target = ""
    contradiction = nil
  }

  /// Before the first field.
  mutating func begin(_ limits: borrowing RPCLimits) {
    bytesLeft = limits.headerBytesMax
    fieldsLeft = limits.headerCountMax
  }

  /// Takes a field, as long as it is within the limits.
  /// - Returns: false for `:path`, to be found by ``route(to:by:)``: only that needs the server.
  mutating func add(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
    bytesLeft -= name.count + value.count + 32
    fieldsLeft -= 1
    if bytesLeft < 0 || fieldsLeft < 0 {
      isTooLarge = true
      return true
    }
    switch name.count {
    case 5 where Self.equal(name, ":path"): return false
    case 7 where Self.equal(name, ":method"):
      isPost = Self.equal(value, "POST")
      if !isPost { httpMethod = String(decoding: value, as: UTF8.self) }
    case 9 where Self.equal(name, ":protocol"): isHTTP1 = true
    case 7 where Self.equal(name, ":scheme"): break
    case 10 where Self.equal(name, ":authority"):
      if let start = value.baseAddress { authority.append(start, value.count) }
    case 4 where Self.equal(name, "host"): compare(host: value)
    case 12 where Self.equal(name, "content-type"):
      if hasContentType { contradiction = "there are two content-type fields\n" }
      hasContentType = true
      isGRPC = Self.isGRPC(value)
      if !isGRPC { note(otherContentType: String(decoding: value, as: UTF8.self)) }
    case 2 where Self.equal(name, "te"): break
    case 12 where Self.equal(name, "grpc-timeout"):
      timeout = GRPCTimeout.parse(value)
      badTimeout = timeout == nil
    case 13 where Self.equal(name, "grpc-encoding"):
      if let known = Compression(name: value) {
        encoding = known
      } else {
        unknownEncoding = String(decoding: value.prefix(40), as: UTF8.self)
      }
    case 20 where Self.equal(name, "grpc-accept-encoding"):
      // gRPC C's own words need no parsing.
      accepted.formUnion(Self.equal(value, "identity, deflate, gzip") ? .all : CompressionSet(list: value))
    default: keep(name, value)
    }
    return true
  }

  /// Finds the method.
  mutating func route(to value: UnsafeBufferPointer<UInt8>, by router: Router) {
    method = router.find(value)
    if method != nil { return }
    path = String(decoding: value.prefix(200), as: UTF8.self)
    target = String(decoding: value, as: UTF8.self)
  }

  /// Whether it is gRPC over HTTP/2.
  @inline(__always) var isNative: Bool { isPost && isGRPC && !isHTTP1 && contradiction == nil }

  /// The request as one that is not gRPC over HTTP/2.
  var web: WebRequest {
    mutating get {
      var web = WebRequest(
        method: isPost ? "POST" : httpMethod, target: method?.path ?? target,
        contentType: isGRPC ? "application/grpc" : contentType, metadata: metadata, isHTTP2: !isHTTP1)
      web.timeout = timeout
      web.isTimeoutMalformed = badTimeout
      web.encoding = encoding
      web.accepted = accepted
      web.unknownEncoding = unknownEncoding
      return web
    }
  }

  /// Takes what was found by other means than the fields of gRPC.
  mutating func adopt(_ method: Method?, _ encoding: Compression, _ accepted: CompressionSet) {
    self.method = method
    self.encoding = encoding
    self.accepted = accepted
  }

  /// The error of a request of gRPC over HTTP/2, once its headers are complete; nil if it has none.
  var refusal: RPCError? {
    if method != nil && !isTooLarge && !badTimeout && unknownEncoding == nil { return nil }
    if isTooLarge { return Self.tooLarge }
    if method == nil { return RPCError(.unimplemented, "unknown method \(EchoedText.cut(path))") }
    if badTimeout { return RPCError(.internal, "the grpc-timeout header is malformed") }
    var supported = Metadata()
    supported.addAsIs("grpc-accept-encoding", CompressionSet.advertised)  // what to do instead: `compression.md`
    let sentence =
      "grpc-encoding \(EchoedText.cut(unknownEncoding ?? "")) is not supported; \(CompressionSet.advertised) are"
    return RPCError(.unimplemented, sentence, trailers: supported)
  }

  /// Metadata of the caller, made on first use.
  var metadata: Metadata {
    mutating get {
      if let parsed { return parsed }
      var metadata = Metadata()
      var rest = custom.bytes
      while rest.count >= 8 {
        let nameLength = Int(rest.loadUnaligned(as: UInt32.self))
        let valueLength = Int(rest.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        metadata.addAsIs(
          String(decoding: rest[8..<(8 + nameLength)], as: UTF8.self),
          String(decoding: rest[(8 + nameLength)..<(8 + nameLength + valueLength)], as: UTF8.self))
        rest = UnsafeRawBufferPointer(rebasing: rest[(8 + nameLength + valueLength)...])
      }
      parsed = metadata
      return metadata
    }
  }

  /// Checks a host that differs from the authority: one proxy may have used the one, and the next proxy the other (RFC
  /// 9113, section 8.3.1). Without an authority, the host replaces it.
  private mutating func compare(host: UnsafeBufferPointer<UInt8>) {
    if authority.isEmpty, let start = host.baseAddress { return authority.append(start, host.count) }
    let same = authority.bytes.elementsEqual(host) { Self.lowered($0) == Self.lowered($1) }
    if !same { contradiction = "host and :authority name different hosts\n" }
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

  private mutating func keep(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    let target = UnsafeMutableRawPointer(custom.reserve(8 + name.count + value.count))
    target.storeBytes(of: UInt32(name.count), as: UInt32.self)
    target.storeBytes(of: UInt32(value.count), toByteOffset: 4, as: UInt32.self)
    if let start = name.baseAddress { memcpy(target + 8, start, name.count) }
    if let start = value.baseAddress { memcpy(target + 8 + name.count, start, value.count) }
    custom.claim(8 + name.count + value.count)
  }

  @inline(__always)
  private static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
    return memcmp(start, text.utf8Start, bytes.count) == 0
  }

  /// Media types are not case-sensitive (RFC 9110, section 8.3.1).
  private mutating func note(otherContentType text: String) {
    contentType = text
    var small = text.lowercased()
    if small != text { isGRPC = small.withUTF8 { Self.isGRPC($0) } }
  }

  /// `application/grpc`, alone or followed by `+proto` or parameters. Source: `PROTOCOL-HTTP2.md`, Content-Type.
  private static func isGRPC(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
    let plain: StaticString = "application/grpc"
    guard value.count >= 16, let start = value.baseAddress, memcmp(start, plain.utf8Start, 16) == 0 else {
      return false
    }
    if value.count == 16 { return true }
    var rest = value[16...]
    if rest.starts(with: "+proto".utf8) { rest = rest.dropFirst(6) }
    // Spaces may precede the parameters (RFC 9110, section 5.6.6).
    guard let next = rest.first(where: { $0 != 0x20 && $0 != 0x09 }) else { return true }
    return next == UInt8(ascii: ";")
  }
}
