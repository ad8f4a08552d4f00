internal import CNGHTTP2
public import EventLoop
public import Protobuf

/// One call, as its handler sees it.
///
/// A call belongs to the event loop that its connection was accepted on: its handler runs there, and so do child tasks
/// and task groups, which is why they may share it. It must not be taken to other threads.
public final class Call: HTTP2Stream, @unchecked Sendable {
  // The connection holds the loop, its buffers and the server; one reference is all that a call has to count.
  private var origin: ServerConnection!
  var request = RequestHead()
  private var deadlineTimer: Timer?
  private var task: Task<Void, Never>?
  private var isRunning = false
  /// Its status is on its way; what the handler still does is without effect.
  private(set) var isFinished = false
  private var headersSent = false
  private var ending: RPCError?
  var sendWaiter: CheckedContinuation<Void, any Error>?
  var receiveWaiter: CheckedContinuation<Void, any Error>?
  private var callArena: Arena?

  /// Trailing metadata for the end of the call.
  public var trailers: Metadata = [:]
  /// Leading metadata, sent with the first message; later changes have no effect.
  public var headers: Metadata = [:]

  /// Whether the call would not end by itself, as a subscription does not. When the server begins to stop, it ends
  /// with UNAVAILABLE, for its caller to go on at another server; other calls may finish.
  public var isEndless = false {
    didSet { if isEndless && origin.isDraining { depart() } }
  }

  init(on connection: ServerConnection) { origin = connection }

  /// A call that ended serves another caller.
  func begin(on connection: ServerConnection) { origin = connection }

  /// As new, but for the memory of its buffers. Only when nobody holds it.
  func reset() {
    resetStream()
    origin = nil
    request.reset()
    isFinished = false
    isEndless = false
    headersSent = false
    ending = nil
    if !trailers.isEmpty { trailers = [:] }
    if !headers.isEmpty { headers = [:] }
  }

  /// The loop on which everything of this call happens.
  public var loop: EventLoop { origin.loop }
  var buffers: LoopBuffers { origin.buffers }
  var server: RPCServer { origin.server }

  /// Memory for the call's messages and rows; it goes when the call ends, unless a view of it is kept.
  public var arena: Arena {
    if let callArena { return callArena }
    let fresh = buffers.takeArena()
    callArena = fresh
    return fresh
  }

  /// `/package.Service/Method`.
  public var path: String { request.method?.path ?? "" }

  /// What the caller sent beside its messages.
  public var metadata: Metadata { request.metadata }

  /// When the caller stops waiting, on the clock of `loop.now` in nanoseconds; nil when it never does.
  public var deadline: Int64? { request.deadline }

  /// Whether nobody waits for the outcome any more.
  public var isCancelled: Bool { !isOpen || isFinished }

  // MARK: From the wire

  override func received(header name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    request.add(name, value, to: origin.server)
  }

  override func receivedHeaders(isTrailers: Bool) {
    if isTrailers { return }
    if let refusal = request.refusal { return refuse(refusal) }
    if let timeout = request.timeout { start(deadlineIn: timeout) }
    // Streams of requests start now; who sends one request is heard to the end first.
    if request.method?.kind == .clientStreaming || request.method?.kind == .bidirectional { becomeReady() }
  }

  override func receivedData(_ count: Int) {
    if isFinished || request.method == nil {
      incoming.removeAll()
      return consumed(unconsumed)
    }
    let limit = server.limits.requestBytesMax
    if let length = incoming.declaredLength, length > limit {
      return finish(RPCError(.resourceExhausted, "the request has \(length) bytes, more than the limit of \(limit)"))
    }
    if isRunning {
      wakeReceiver()
    } else {
      // A single request is read whole; its window returns at once, its size is bounded by the limit above.
      if incoming.count > limit + ByteBuffer.prefixBytes {
        return finish(RPCError(.internal, "more bytes than one request message were sent"))
      }
      consumed(unconsumed)
    }
  }

  override func receivedEnd() {
    if isFinished || request.method == nil { return }
    if isRunning { wakeReceiver() } else { becomeReady() }
  }

  override func outgoingDrained() {
    guard let waiter = sendWaiter, outgoing.count <= server.limits.responseBufferBytes / 2 else { return }
    sendWaiter = nil
    waiter.resume()
  }

  override func closed(errorCode: UInt32) {
    deadlineTimer?.cancel()
    if isRunning {
      task?.cancel()
      failWaiters(CancellationError())
    } else {
      release()
    }
  }

  // MARK: The handler

  private func becomeReady() {
    isRunning = true
    origin.ready.append(self)
  }

  /// Starts the handler, in place.
  func run() {
    guard isOpen, let method = request.method else {  // reset by the caller before it began
      isRunning = false
      return release()
    }
    let started = Task.immediate(executorPreference: loop) { [self] in
      do {
        try await method.handler(self)
        handlerEnded(nil)
      } catch {
        handlerEnded(error)
      }
    }
    if isRunning { task = started }
  }

  private func handlerEnded(_ error: (any Error)?) {
    isRunning = false
    task = nil
    if let error {
      if !isFinished { server.observe(error, in: self) }
      finish(RPCError(thrown: error))
    } else {
      finish(nil)
    }
    if !isOpen { release() }
  }

  private func start(deadlineIn nanoseconds: Int64) {
    request.deadline = loop.now &+ nanoseconds
    let timer =
      deadlineTimer
      ?? Timer { [unowned self] in
        abandon(RPCError(.deadlineExceeded, "the deadline passed before the call ended"))
      }
    deadlineTimer = timer
    loop.schedule(timer, at: loop.now &+ nanoseconds)
  }

  /// Ends the call while its handler is still at work.
  private func abandon(_ error: RPCError) {
    finish(error)
    task?.cancel()
    failWaiters(CancellationError())
  }

  /// Sends the caller to another server.
  func depart() { abandon(RPCError(.unavailable, "the server is stopping; go on elsewhere")) }

  // MARK: Messages

  /// The call's only request.
  func onlyRequest<Request: Message>() throws -> Request {
    guard let length = incoming.declaredLength else {
      throw RPCError(.internal, incoming.isEmpty ? "no request was sent" : "a truncated request was sent")
    }
    if incoming.count != length + ByteBuffer.prefixBytes {
      throw RPCError(.internal, "the request's length is not what its prefix says, or more than one was sent")
    }
    let request: Request = try takeMessage(length, in: arena)
    return request
  }

  /// Decodes the message at the front of `incoming`, which is there wholly, and drops its bytes.
  func takeMessage<Request: Message>(_ length: Int, in arena: Arena) throws -> Request {
    if incoming.isCompressed {
      throw RPCError(.unimplemented, "compressed messages are not supported; send grpc-encoding: identity")
    }
    defer { incoming.consume(length + ByteBuffer.prefixBytes) }
    do {
      return try Request(decoding: incoming.message(length), in: arena)
    } catch {
      throw RPCError(decoding: error)
    }
  }

  /// Appends a message, with its prefix, to what goes out.
  func append<Response: Message>(_ message: Response) throws {
    buffers.encode.removeAll()
    do {
      try message.encode(into: &buffers.encode)
    } catch {
      throw RPCError(.internal, "the response could not be encoded")
    }
    let length = buffers.encode.count
    if length > server.limits.responseBytesMax {
      throw RPCError(.resourceExhausted, "the response of \(length) bytes is larger than the server's limit")
    }
    buffers.encode.withUnsafeBytes { outgoing.append(message: $0) }
  }

  /// The call's only response.
  func respond<Response: Message>(with message: Response) {
    if isFinished || !isOpen { return }
    do {
      try append(message)
    } catch {
      finish(RPCError(thrown: error))
    }
  }

  // MARK: The answer

  /// Sends the leading headers now; nothing when they have gone.
  func sendHeaders() {
    guard !headersSent, isOpen, !isFinished else { return }
    submitHeaders()
    wakeSender()
  }

  private func submitHeaders() {
    headersSent = true
    var provider = dataProvider
    if headers.isEmpty {
      let fields = StaticFields.answer.fields
      nghttp2_submit_response(connection!.session, id, fields.baseAddress, fields.count, &provider)
    } else {
      var block = HeaderBlock()
      block.add(":status", "200")
      block.add("content-type", "application/grpc")
      block.add(headers)
      let session = connection!.session
      block.withFields { _ = nghttp2_submit_response(session, id, $0.baseAddress, $0.count, &provider) }
    }
  }

  /// Ends the call with a status, once; the first one counts.
  func finish(_ error: RPCError?) {
    if isFinished { return }
    isFinished = true
    sendingEnded = true
    source = nil
    deadlineTimer?.cancel()
    ending = error
    guard isOpen, connection != nil else { return }
    if incoming.count > 0 || unconsumed > 0 {
      incoming.removeAll()
      consumed(unconsumed)
    }
    if let error, !headersSent {
      outgoing.removeAll()
      submitTrailersOnly(error)
    } else if !headersSent {
      submitHeaders()
    }
    wakeSender()
  }

  /// Refuses the call as HTTP: it is no gRPC call at all.
  private func refuse(_ refusal: RequestHead.Refusal) {
    switch refusal {
    case .http(let status):
      isFinished = true
      var block = HeaderBlock()
      block.add(":status", status)
      let session = connection!.session
      block.withFields { _ = nghttp2_submit_response(session, id, $0.baseAddress, $0.count, nil) }
      wakeSender()
    case .rpc(let error): finish(error)
    }
  }

  private func submitTrailersOnly(_ error: RPCError) {
    var block = HeaderBlock()
    block.add(":status", "200")
    block.add("content-type", "application/grpc")
    block.add(headers)
    block.add(status: error, trailers: trailers)
    let session = connection!.session
    block.withFields { _ = nghttp2_submit_response(session, id, $0.baseAddress, $0.count, nil) }
  }

  override func submitTrailers() -> Bool {
    let session = connection!.session
    if ending == nil && trailers.isEmpty {
      let fields = StaticFields.ok.fields
      return nghttp2_submit_trailer(session, id, fields.baseAddress, fields.count) == 0
    }
    var block = HeaderBlock()
    block.add(status: ending, trailers: trailers)
    return block.withFields { nghttp2_submit_trailer(session, id, $0.baseAddress, $0.count) == 0 }
  }

  // MARK: The end

  func failWaiters(_ error: any Error) {
    let waiters = [sendWaiter, receiveWaiter]
    sendWaiter = nil
    receiveWaiter = nil
    for waiter in waiters { waiter?.resume(throwing: error) }
  }

  func wakeReceiver() {
    guard let waiter = receiveWaiter else { return }
    receiveWaiter = nil
    waiter.resume()
  }

  /// The stream and the handler are both gone: what is worth keeping goes to the loop's next call.
  private func release() {
    if let arena = callArena.take() { buffers.give(arena) }
    server.callEnded()
  }
}
