internal import EventLoop
public import Protobuf

/// The responses of a call, in order.
public struct ResponseStream<Response: Message> {
  private let call: Call
  private let messages = MessageArena()

  /// The responses of `call`; generated code makes it.
  public init(_ call: Call) { self.call = call }

  /// Memory for the next response. The contents of the previous arena are freed, unless a view of them is kept. So a
  /// long stream needs no more memory than a short one.
  public var arena: Arena { messages.fresh(call.buffers) }

  /// Sends the leading headers before the first response, so that the caller knows that the call is accepted.
  public func start() { call.sendHeaders() }

  /// Sends one response. Waits while the reader is behind by more than ``RPCLimits/responseBufferBytes``.
  ///
  /// ``Call/arena`` is another one afterwards: what was read for this response is freed, unless a view of it is kept.
  /// So a stream of many pages needs the memory of one.
  ///
  /// `compressed` says whether to compress it with ``Call/compression``; by default, it is compressed if that saves
  /// enough.
  /// - Throws: `CancellationError` when the caller is gone or its deadline has passed.
  public func send(_ message: Response, compressed: Bool? = nil) async throws {
    if call.isCancelled { throw CancellationError() }
    call.releaseRequest()
    try call.append(message, compressed: compressed)
    start()
    call.wakeSender()
    call.returnArena()
    let limit = call.server.limits.responseBufferBytes
    if call.outgoing.count > limit { try await call.waitUntilUnsent(bytesMax: limit / 2) }
  }

  /// Waits until flow control has released all bytes that were sent.
  ///
  /// A response that is made after that is as new as possible when it arrives: a slow reader receives the latest state,
  /// and not every state since its last read.
  /// - Throws: `CancellationError` when the caller is gone or its deadline has passed.
  public func waitUntilTaken() async throws {
    if call.isCancelled { throw CancellationError() }
    if !call.outgoing.isEmpty { try await call.waitUntilUnsent(bytesMax: 0) }
  }

  /// The stream may be idle for days from now on, and one of very many: what it does not need, others may use.
  func rest() {
    messages.release(call.buffers)
    call.returnArena()
    call.releaseRequest()
    call.shrinks = true
  }

  /// Sends the events of `subscription` until the subscription falls behind its topic.
  ///
  /// All subscribers share the bytes of the events; nothing is queued for this one. The call becomes endless: see
  /// ``Call/isEndless``.
  /// - Throws: `CancellationError` when the caller is gone, its deadline has passed or the server stops.
  public func follow<Attributes>(_ subscription: Subscription<Attributes>) async throws {
    if call.isCancelled { throw CancellationError() }
    start()
    call.isEndless = true
    if call.isCancelled { throw CancellationError() }
    rest()
    subscription.attach(to: call)
    defer {
      subscription.detach()
      call.shrinks = false
    }
    if let dialect = call.dialect, dialect.translatesEvents {
      call.source = TranslatedEvents<Response>(subscription, for: call, by: dialect)
    } else {
      call.source = subscription
    }
    call.wakeSender()
    try await subscription.waitUntilBehind()
  }
}
