internal import CHTTPParser
internal import Glibc

/// Receives the parts of an HTTP/1.1 request as they are parsed. Bytes are valid during the call only.
protocol HTTP1RequestReceiver: AnyObject {
  /// A header field, its name in lower case; first `:method`, `:path`, `:authority`, as HTTP/2 has them.
  func received(header name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>)
  /// The head is complete.
  func receivedHead(_ head: HTTP1Parser.Head)
  /// Bytes of the body.
  func received(body: UnsafeRawBufferPointer)
  /// The body is complete.
  func receivedEnd()
}

/// Parses requests one at a time with http-parser. The bytes after a request stay with the caller until it asks for the
/// next request, so a pipeline of requests is never deeper than one.
final class HTTP1Parser {
  /// The connection and body fields of the head.
  struct Head: Equatable {
    /// Whether the connection may serve another request afterwards.
    var keepsAlive = true
    /// Whether it is of HTTP/1.0, whose callers know no chunks.
    var isVersion10 = false
    /// Whether the caller waits for `100 Continue` before it sends the body.
    var expectsContinue = false
    /// Whether the answer has no body.
    var isHeadOnly = false
    /// Whether a body follows.
    var hasBody = false
  }

  private enum Phase {
    case head
    case body
    case complete
    case failed
  }

  private let limits: RPCLimits
  private let parser = UnsafeMutablePointer<http_parser>.allocate(capacity: 1)
  private var phase = Phase.head
  /// The head, until it is complete.
  private var held = ByteBuffer()
  private var searched = 0
  /// Bytes seen of an empty line before the head: two at most.
  private var emptyLineBytes = 0
  private var chunks: ChunkRules?
  fileprivate unowned(unsafe) var receiver: (any HTTP1RequestReceiver)?
  fileprivate var isMessageComplete = false
  private var fields = FieldCheck()
  private(set) var head = Head()

  init(limits: RPCLimits) {
    self.limits = limits
    http_parser_init(parser, HTTP_REQUEST)
  }

  deinit { parser.deallocate() }

  /// Whether a request has begun and is not whole yet.
  var isInside: Bool { phase == .body || phase == .head && !held.isEmpty }
  /// Whether a body has begun and is not whole yet.
  var isInsideBody: Bool { phase == .body }
  /// Whether the present request is whole.
  var isComplete: Bool { phase == .complete }

  /// Expects the next request.
  func begin() {
    http_parser_init(parser, HTTP_REQUEST)
    phase = .head
    held.reset(keepBytes: 4096)
    searched = 0
    emptyLineBytes = 0
    chunks = nil
    fields = FieldCheck()
    head = Head()
  }

  /// Takes bytes, up to the end of the current request at most, and stops after the head.
  /// - Returns: the number of bytes that were taken.
  func take(_ bytes: UnsafeRawBufferPointer, to receiver: any HTTP1RequestReceiver) throws(HTTP1Refusal) -> Int {
    do {
      switch phase {
      case .head: return try takeHead(bytes, receiver)
      case .body: return try takeBody(bytes, receiver)
      case .complete, .failed: return 0
      }
    } catch {
      phase = .failed
      throw error
    }
  }

  // MARK: The head

  private var headBytesMax: Int { limits.headerBytesMax * 2 }

  private func takeHead(
    _ bytes: UnsafeRawBufferPointer, _ receiver: any HTTP1RequestReceiver
  ) throws(HTTP1Refusal) -> Int {
    let skipped = held.isEmpty ? try skipEmptyLine(bytes) : 0
    guard skipped < bytes.count, let start = bytes.baseAddress else { return skipped }
    let before = held.count
    let room = min(bytes.count - skipped, headBytesMax + 1 - before)
    held.append(start + skipped, room)
    guard let end = try HTTP1Head.end(of: held.bytes, searched: searched) else {
      if held.count > headBytesMax { throw held.bytes.contains(10) ? .headersTooLarge : .targetTooLong }
      searched = held.count
      return skipped + room
    }
    let whole = UnsafeRawBufferPointer(rebasing: held.bytes[..<end])
    try HTTP1Head.check(whole, limits: limits)
    try parse(head: whole, receiver)
    return skipped + end - before
  }

  /// Skips one empty line before a request: some clients send one after a body (RFC 9112, section 2.2).
  /// - Returns: its number of bytes.
  private func skipEmptyLine(_ bytes: UnsafeRawBufferPointer) throws(HTTP1Refusal) -> Int {
    var skipped = 0
    if emptyLineBytes == 0 && bytes.first == HTTP1Head.lineEnd.0 {
      emptyLineBytes = 1
      skipped = 1
    }
    if emptyLineBytes == 1 && skipped < bytes.count {
      guard bytes[skipped] == HTTP1Head.lineEnd.1 else { throw .malformed }
      emptyLineBytes = 2
      skipped += 1
    }
    return skipped
  }

  private func parse(
    head whole: UnsafeRawBufferPointer, _ receiver: any HTTP1RequestReceiver
  ) throws(HTTP1Refusal) {
    try execute(whole, receiver)
    try fields.check(isVersion10: parser.pointee.http_minor == 0)
    head.isVersion10 = parser.pointee.http_minor == 0
    head.isHeadOnly = parser.pointee.method == HTTP_HEAD.rawValue
    head.expectsContinue = fields.expectsContinue && !head.isVersion10
    head.hasBody = !fields.isBodyEmpty
    if fields.isChunked { chunks = ChunkRules() }
    phase = head.hasBody ? .body : .complete
    held.removeAll()
    searched = 0
    receiver.receivedHead(head)
    if phase == .complete { receiver.receivedEnd() }
  }

  // MARK: The body

  private func takeBody(
    _ bytes: UnsafeRawBufferPointer, _ receiver: any HTTP1RequestReceiver
  ) throws(HTTP1Refusal) -> Int {
    var body = bytes
    if var rules = chunks {
      body = UnsafeRawBufferPointer(rebasing: bytes[..<(try rules.check(bytes))])
      chunks = rules
    }
    let taken = try execute(body, receiver)
    if isMessageComplete {
      phase = .complete
      receiver.receivedEnd()
    }
    return taken
  }

  @discardableResult
  private func execute(
    _ bytes: UnsafeRawBufferPointer, _ receiver: any HTTP1RequestReceiver
  ) throws(HTTP1Refusal) -> Int {
    self.receiver = receiver
    defer { self.receiver = nil }
    isMessageComplete = false
    parser.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    let taken = withUnsafePointer(to: ParserCallbacks.settings) {
      http_parser_execute(parser, $0, start, bytes.count)
    }
    switch http_errno(parser.pointee.http_errno) {
    case HPE_OK: return taken
    case HPE_PAUSED:
      // The request's last byte was seen; the parser is not to look at the next request.
      http_parser_pause(parser, 0)
      return taken
    case HPE_INVALID_TRANSFER_ENCODING: throw .notImplemented
    case HPE_INVALID_METHOD: throw .notImplemented
    case HPE_HEADER_OVERFLOW: throw .headersTooLarge
    default: throw .malformed
    }
  }

  // MARK: From http-parser

  fileprivate func named(_ name: UnsafeBufferPointer<UInt8>) {
    if phase == .head { fields.begin(name) }
  }

  fileprivate func valued(_ value: UnsafeBufferPointer<UInt8>) {
    // Trailer fields are ignored.
    guard phase == .head else { return }
    // http-parser removes the spaces before a value, but not those after it.
    let end = (value.lastIndex { $0 != 0x20 && $0 != 9 } ?? -1) + 1
    let value = UnsafeBufferPointer(rebasing: value[..<end])
    fields.end(value)
    guard !fields.isHopByHop, let receiver else { return }
    fields.withName { receiver.received(header: $0, value: value) }
  }

  fileprivate func targeted(_ target: UnsafeBufferPointer<UInt8>) {
    let method = String(cString: http_method_str(http_method(parser.pointee.method)))
    pseudo(":method", Array(method.utf8))
    pseudo(":path", Self.originForm(target))
  }

  fileprivate func headEnded() {
    head.keepsAlive = http_should_keep_alive(parser) != 0
    if let host = fields.host { pseudo(":authority", host) }
    // Nothing is upgraded to: a request for HTTP/2 by `Upgrade` is answered as what it is.
    parser.pointee.upgrade = 0
  }

  private func pseudo(_ name: StaticString, _ value: [UInt8]) {
    guard let receiver else { return }
    let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    value.withUnsafeBufferPointer { receiver.received(header: name, value: $0) }
  }

  /// The path and the query of a target, which a proxy's caller may write as a whole URL (RFC 9112, section 3.2.2).
  private static func originForm(_ target: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    if target.first == UInt8(ascii: "/") || target.elementsEqual("*".utf8) { return Array(target) }
    for scheme in ["http://", "https://"] where target.starts(with: scheme.utf8) {
      let rest = target.dropFirst(scheme.utf8.count)
      guard let path = rest.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }) else { break }
      return (rest[path] == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + Array(rest[path...])
    }
    return [UInt8(ascii: "/")]
  }
}

/// http-parser's callbacks. Each finds the parser and reports an event.
private enum ParserCallbacks {
  static let settings: http_parser_settings = {
    var settings = http_parser_settings()
    settings.on_url = { parser, start, count in
      with(parser) { $0.targeted(bytes(start, count)) }
    }
    settings.on_header_field = { parser, start, count in
      with(parser) { $0.named(bytes(start, count)) }
    }
    settings.on_header_value = { parser, start, count in
      with(parser) { $0.valued(bytes(start, count)) }
    }
    settings.on_headers_complete = { parser in with(parser) { $0.headEnded() } }
    settings.on_body = { parser, start, count in
      with(parser) { $0.receiver?.received(body: UnsafeRawBufferPointer(start: start, count: count)) }
    }
    settings.on_message_complete = { parser in
      http_parser_pause(parser, 1)
      return with(parser) { $0.isMessageComplete = true }
    }
    return settings
  }()

  private static func with(_ parser: UnsafeMutablePointer<http_parser>?, _ body: (HTTP1Parser) -> Void) -> Int32 {
    Unmanaged<HTTP1Parser>.fromOpaque(parser.unsafelyUnwrapped.pointee.data)._withUnsafeGuaranteedRef(body)
    return 0
  }

  private static func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeRawBufferPointer(start: start, count: count).bindMemory(to: UInt8.self)
  }
}
