internal import CNGHTTP2
internal import EventLoop
internal import Glibc

/// The source of a stream's outgoing bytes when its own buffer is empty: a fan-out that all subscribers share.
public class StreamSource {
  /// Copies at most `limit` bytes to `target` and returns how many; 0 when there is nothing now.
  func fill(_ target: UnsafeMutablePointer<UInt8>, _ limit: Int) -> Int { 0 }
  /// The next event as a gRPC frame, for dialects that translate it; nil when there is none now.
  func nextEvent() -> [UInt8]? { nil }
}

/// One exchange on a connection, of a server or a client: a stream of HTTP/2, or a request and its response of
/// HTTP/1.1. A ``Call`` is one. Confined to its loop.
///
/// Incoming bytes wait in `incoming`, outgoing bytes in `outgoing`, until flow control admits them.
public class HTTPStream {
  /// Memory that each of a stream's buffers keeps for its next use, in bytes.
  static let keptBufferBytes = 32 * 1024

  /// Nil once it is closed. Not counted: a session ends its streams before it goes.
  private final var session: Unmanaged<HTTPSession>?
  final var id: Int32 = -1
  final var isOpen = false
  /// The other side has sent its END_STREAM.
  final var peerEnded = false
  /// The session found nothing to send, and must be notified when there is something.
  final var isDeferred = false
  /// Nothing is added to `outgoing` any more.
  final var sendingEnded = false
  final var incoming = ByteBuffer()
  final var outgoing = ByteBuffer()
  final var source: StreamSource?
  /// Bytes of `incoming` that the other side has not been given new window for.
  final var unconsumed = 0
  /// When it was opened, in the loop's nanoseconds.
  final var openedAt: Int64 = 0
  /// Since when it was found waiting for the other side; 0 as soon as bytes move. See ``StallWatch``.
  final var stillSince: Int64 = 0
  // The session's list of open streams: see ``HTTPSession/add(_:id:)``.
  final var next: Unmanaged<HTTPStream>?
  final var previous: Unmanaged<HTTPStream>?

  // MARK: What happens to the stream

  /// A header field arrived. The bytes are valid during the call only.
  func received(header name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {}
  /// The header block is complete. `isTrailers`: the second one.
  func receivedHeaders(isTrailers: Bool) {}
  /// Bytes were added to `incoming`.
  func receivedData(_ count: Int) {}
  /// The other side ended its half.
  func receivedEnd() {}
  /// Some outgoing bytes have gone.
  func outgoingDrained() {}
  /// All outgoing bytes have gone and the half ends now: the last chance to hand trailers to the session.
  /// - Returns: whether trailers were submitted and will carry END_STREAM.
  func submitTrailers() -> Bool { false }
  /// The stream is gone. `errorCode` is HTTP/2's.
  func closed(errorCode: UInt32) {}

  // MARK: What it does

  /// The connection that it is open on; nil once it is closed.
  final var connection: Connection? { session?._withUnsafeGuaranteedRef { $0.connection } }

  /// Calls `body` with the session that it is open on, without counting a reference; nil once it is closed.
  @discardableResult @inline(__always)
  final func withSession<R>(_ body: (HTTPSession) -> R) -> R? { session?._withUnsafeGuaranteedRef(body) }

  /// For the session: it is open on it now, or closed.
  final func belongs(to session: HTTPSession?) { self.session = session.map(Unmanaged.passUnretained) }

  /// There is something to send, or the end of it.
  @inline(__always)
  final func wakeSender() {
    guard isOpen else { return }
    withSession { session in
      if isDeferred {
        isDeferred = false
        session.resume(self)
      }
      session.needsFlush()
    }
  }

  /// Gives the other side window for `count` bytes that were taken.
  final func consumed(_ count: Int) {
    guard count > 0 else { return }
    withSession { session in
      unconsumed -= count
      session.consumed(count, of: self)
    }
  }

  /// Ends the stream at once with an HTTP/2 error code.
  final func reset(_ code: nghttp2_error_code) {
    if isOpen { withSession { $0.reset(self, code) } }
  }

  /// Resets the stream, except for buffers worth keeping.
  final func resetStream() {
    session = nil
    id = -1
    peerEnded = false
    isDeferred = false
    sendingEnded = false
    source = nil
    unconsumed = 0
    incoming.reset(keepBytes: Self.keptBufferBytes)
    outgoing.reset(keepBytes: Self.keptBufferBytes)
  }

  /// Bytes of memory that it keeps for its next use.
  final var keptBytes: Int { incoming.capacity &+ outgoing.capacity }

  /// Keeps none.
  final func dropBuffers() {
    incoming.reset(keepBytes: 0)
    outgoing.reset(keepBytes: 0)
  }
}
