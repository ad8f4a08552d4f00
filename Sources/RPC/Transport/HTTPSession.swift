internal import CNGHTTP2
internal import EventLoop

/// Header fields as nghttp2 passes them: names in lower case, pointers that are valid during the call.
typealias HeaderFields = UnsafeMutableBufferPointer<nghttp2_nv>

/// The HTTP/2 or HTTP/1.1 protocol on a connection. It converts bytes to events of streams, and the streams' output to
/// bytes. It belongs to its connection and is confined to its loop.
class HTTPSession {
  /// Not counted: the connection owns the session, so it is there whenever the session is used.
  private final let owner: Unmanaged<Connection>
  /// The connection's.
  final let loop: EventLoop
  /// The connection's. They outlive the session, which nghttp2 keeps in their memory, also when the loop has ended.
  final let buffers: LoopBuffers
  /// The other side has shown that it speaks this protocol.
  final var hasGreeted = false
  /// A response had the quota's fields, so the connection's header table contains their names.
  final var hasToldQuota = false
  private final var first: Unmanaged<HTTPStream>?

  init(on connection: Connection) {
    owner = .passUnretained(connection)
    loop = connection.loop
    buffers = connection.buffers
  }

  final var connection: Connection { owner.takeUnretainedValue() }

  /// Calls `body` with the connection, without counting a reference.
  @inline(__always)
  final func withConnection<R>(_ body: (Connection) -> R) -> R { owner._withUnsafeGuaranteedRef(body) }

  /// There is something to be sent.
  @inline(__always)
  final func needsFlush() { withConnection { $0.needsFlush() } }

  // MARK: For the connection

  /// Takes bytes that arrived. Handlers must not start in here; see ``Connection/afterReceive()``.
  /// - Returns: false when the connection must end, once what is left to say has been gathered.
  func received(_ bytes: UnsafeRawBufferPointer) -> Bool { false }
  /// Appends bytes to send to the loop's ``LoopBuffers/outgoing``, not much more than ``LoopBuffers/sendBytes``.
  /// - Returns: whether there may be more.
  func gather() -> Bool { false }
  /// The other side has begun something between streams, such as a header block, that it has not ended.
  var owesBytes: Bool { false }
  /// There is something to answer still, of what has come.
  var owesAnswers: Bool { hasStreams }
  /// Nothing will be read or written any more.
  var isDone: Bool { true }
  /// The flow control windows of the connection; nil for protocols without them.
  var windows: FlowControlWindows? { nil }
  /// Begins to stop: what is under way may end, calls that are on their way are still taken.
  func announceGoingAway() {}
  /// Takes no new calls from now on.
  func goAway() {}
  /// Takes no new calls, and reports the error to the other side.
  func goAway(_ code: nghttp2_error_code, _ reason: StaticString) {}
  /// The other side sends nothing more: what it has not finished ends, and what it awaits is still sent.
  func inputEnded() {}
  /// The connection is closed: every stream is notified.
  func connectionClosed() {
    while let stream = firstStream { remove(stream, errorCode: NGHTTP2_CANCEL.rawValue) }
  }

  // MARK: For the streams

  /// Sends a response's header fields; with `endsStream`, nothing follows.
  func submit(response fields: HeaderFields, of stream: HTTPStream, endsStream: Bool) {}
  /// Sends trailers, from within ``HTTPStream/submitTrailers()`` only.
  /// - Returns: whether they will go.
  func submit(trailers fields: HeaderFields, of stream: HTTPStream) -> Bool { false }
  /// A stream that had nothing to send has something now.
  func resume(_ stream: HTTPStream) {}
  /// `count` bytes of a stream's were taken: the other side may send as many more.
  func consumed(_ count: Int, of stream: HTTPStream) {}
  /// `count` bytes were taken or dropped whose stream is not to send any more for them: others may.
  func dropped(_ count: Int) {}
  /// `count` bytes of a stream's that were ``dropped(_:)`` were taken after all: its other side may send as many more.
  func returned(_ count: Int, to stream: HTTPStream) {}
  /// Whether several streams share the window of the connection.
  var sharesConnection: Bool { false }
  /// A stream's other side may send `count` bytes more than it could before.
  func widen(_ stream: HTTPStream, by count: Int) {}
  /// Ends a stream at once, with HTTP/2's error code.
  func reset(_ stream: HTTPStream, _ code: nghttp2_error_code) {}

  // MARK: The open streams

  /// Adds a stream to the list, which holds one reference to it.
  final func add(_ stream: HTTPStream, id: Int32) {
    stream.belongs(to: self)
    stream.id = id
    stream.isOpen = true
    stream.openedAt = loop.now
    stream.stillSince = 0
    if first == nil { connection.becameBusy() }
    let added = Unmanaged.passRetained(stream)
    first?._withUnsafeGuaranteedRef { $0.previous = added }
    stream.next = first
    first = added
  }

  /// Removes a stream from the list and notifies it. The list's reference holds it until then.
  final func remove(_ stream: HTTPStream, errorCode: UInt32) {
    stream.isOpen = false
    let (previous, next) = (stream.previous, stream.next)
    next?._withUnsafeGuaranteedRef { $0.previous = previous }
    if let previous { previous._withUnsafeGuaranteedRef { $0.next = next } } else { first = next }
    stream.previous = nil
    stream.next = nil
    if first == nil { connection.becameIdle() }
    stream.closed(errorCode: errorCode)
    stream.belongs(to: nil)
    withConnection { $0.reclaim(Unmanaged.passUnretained(stream).takeRetainedValue()) }
  }

  final var hasStreams: Bool { first != nil }
  final var firstStream: HTTPStream? { first?.takeUnretainedValue() }

  /// The streams that are open now.
  final var streams: [HTTPStream] {
    var open: [HTTPStream] = []
    var candidate = first
    while let stream = candidate?.takeUnretainedValue() {
      open.append(stream)
      candidate = stream.next
    }
    return open
  }

  final func openStream(id: Int32) -> HTTPStream? {
    var candidate = firstStream
    while let stream = candidate, stream.id != id { candidate = stream.next?.takeUnretainedValue() }
    return candidate
  }
}
