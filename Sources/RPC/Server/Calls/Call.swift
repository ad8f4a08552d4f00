public import EventLoop
public import Protobuf

/// One call, for its handler.
///
/// A call belongs to the event loop that accepted its connection. Its handler runs there, and so do child tasks and
/// task groups, so they may share the call. No other thread may use it.
public final class Call: HTTPStream, @unchecked Sendable {
  /// The loop that runs the call.
  public let loop: EventLoop
  /// A `Call` object serves connections one after another, all of one loop.
  private(set) var origin: ServerConnection!
  var request = RequestHead()
  var deadlineTimer: Timer?
  private var task: Task<Void, Never>?
  private(set) var isRunning = false
  /// The status has been sent; further output of the handler is dropped.
  var isFinished = false
  var headersSent = false
  /// The error that it ends with; nil for OK.
  var ending: RPCError?
  /// The reason why it is refused before any handler runs. Interceptors see the call all the same.
  private var refusal: RPCError?
  /// The caller reset the call after its deadline: the caller's clock was a little faster than the server's.
  private var wasResetTooLate = false
  /// The dialect of the call; nil for gRPC over HTTP/2.
  var dialect: Dialect?
  /// The handler that replaces the called method, if any.
  var handling: Method?
  private var values = CallValues()
  var sendWaiter: CheckedContinuation<Void, any Error>?
  /// Bytes that may be left unsent when `sendWaiter` goes on.
  private var unsentBytesMax = 0
  /// Whether its buffers are freed as soon as they are empty, because the call is idle most of the time.
  var shrinks = false {
    didSet { if shrinks { shrink() } }
  }
  var receiveWaiter: CheckedContinuation<Void, any Error>?
  private(set) var callArena: Arena?
  /// Bytes of its request that are held or reserved: see ``ServerConnection/requests``.
  var heldBytes = 0
  /// The size of its request, once it is known to be large.
  var wantedBytes = 0
  var requestAdmission = RequestAdmission.unhindered
  /// Bytes charged for its request: see ``RequestMemory``.
  var chargedBytes = 0
  /// Bytes charged by its handler: see ``countMemory(_:)``.
  var countedBytes = 0
  /// How the server admitted the call.
  var admission = CallAdmission.usual
  /// Fires when its request is too late; set only where few calls are left.
  var requestTimer: Timer?
  var isWindowWide = false

  /// The time at which its headers arrived, on the clock of `loop.now` in nanoseconds.
  public private(set) var startedAt: Int64 = 0
  /// Messages and bytes, each way, until now.
  public internal(set) var traffic = CallTraffic()
  /// Trailing metadata for the end of the call.
  public var trailers: Metadata = [:]
  /// Metadata for calls made on behalf of this one, such as the trace: see ``CallOptions/init(inheriting:)``.
  public var propagated: Metadata = [:]
  /// Leading metadata, sent with the first message; later changes have no effect.
  public var headers: Metadata = [:]
  /// The rest of the caller's quota, sent with the headers; nil where callers are not limited.
  public var quota: CallQuota? {
    get { storedQuota }
    set { storedQuota = newValue }
  }
  // As functions, for modules that check exclusive access where they touch a stored property themselves: every call
  // would pay for it.
  private var storedQuota: CallQuota?

  /// The compression of responses. By default it is that of the caller's requests, if the caller accepts it, and
  /// otherwise none.
  ///
  /// Choose it before the first response, because the headers name it. Afterwards ``Compression/identity`` still
  /// switches compression off and the first choice on again, for each message. Messages are sent uncompressed where the
  /// caller does not accept the compression, and where they are too short to gain.
  public var compression = Compression.identity
  /// Whether the last request was compressed.
  public internal(set) var requestWasCompressed = false
  /// The compression that the headers name, once it is settled.
  var settledCompression: Compression?

  /// The authenticated caller, set by an interceptor: an object of the program's own. It is a property rather than one
  /// of the call's values, because every call reads it.
  public var principal: (any AnyObject & Sendable)? {
    get { storedPrincipal }
    set { storedPrincipal = newValue }
  }
  private var storedPrincipal: (any AnyObject & Sendable)?

  /// Checks a request of any type before the handler gets it. An error that it throws ends the call.
  public typealias RequestCheck = @Sendable (MessageStorage) throws -> Void
  /// The check of the first request of the call, set by an interceptor.
  public var requestCheck: RequestCheck?
  /// The gate for every request of a stream but the first: see ``RequestGate``.
  public var requestGate: RequestGate?
  /// Whether a request waits for its gate.
  var isHeldBack = false
  /// Bytes of `incoming` for which the connection has its window back, but not the stream.
  var withheldBytes = 0

  /// Whether the call does not end by itself, as a subscription. When the server begins to stop, it ends the call with
  /// UNAVAILABLE, so that the caller resumes at another server. Other calls may finish.
  public var isEndless = false {
    didSet {
      if isEndless && origin.isDraining { depart() }
      if isEndless && origin.halfClosedTimer != nil { cancelHalfClosed() }
    }
  }

  init(on connection: ServerConnection, _ admission: CallAdmission) {
    loop = connection.loop
    super.init()
    begin(on: connection, admission)
  }

  /// Begins a new call with an object whose call has ended.
  func begin(on connection: ServerConnection, _ admission: CallAdmission) {
    origin = connection
    self.admission = admission
    request.begin(connection.server.limits)
  }

  /// Resets everything but the memory of its buffers. Only when nothing else refers to it.
  func reset() {
    resetStream()
    origin = nil
    request.reset()
    isFinished = false
    isEndless = false
    headersSent = false
    shrinks = false
    ending = nil
    refusal = nil
    wasResetTooLate = false
    isWindowWide = false
    dialect = nil
    handling = nil
    requestCheck = nil
    requestGate = nil
    isHeldBack = false
    withheldBytes = 0
    principal = nil
    compression = .identity
    requestWasCompressed = false
    settledCompression = nil
    values.removeAll()
    traffic = CallTraffic()
    if !trailers.isEmpty { trailers = [:] }
    if !headers.isEmpty { headers = [:] }
    quota = nil
    if !propagated.isEmpty { propagated = [:] }
  }

  var buffers: LoopBuffers { origin.buffers }
  var server: RPCServer { origin.server }

  /// The memory of the call's messages and rows. It is freed at the end of the call, and in a stream when the next
  /// response has been sent, unless a view of it is kept.
  public var arena: Arena {
    if let callArena { return callArena }
    let fresh = buffers.takeArena()
    callArena = fresh
    return fresh
  }

  /// Lets the loop's next call use the arena's memory, if no view of it is left.
  func returnArena() {
    if let arena = callArena.take() { buffers.give(arena) }
  }

  /// The called method; nil if it does not exist.
  public var method: Method? { request.method }

  /// The method's index in the server, from 0; nil if it does not exist. Cheaper than ``method``.
  public var methodIndex: Int? { request.method?.index }

  /// `/package.Service/Method`. For an unknown method, the caller's text, cut after 200 bytes.
  public var path: String { request.method?.path ?? request.path }

  /// The peer of the connection.
  public var peer: Peer { origin.peer }

  /// A value that an interceptor set; nil until it is set.
  public subscript<Value: Sendable>(_ key: CallLocal<Value>) -> Value? {
    get { values[key] }
    set { values[key] = newValue }
  }

  /// The metadata of the request.
  public var metadata: Metadata { request.metadata }

  /// The deadline on the clock of `loop.now` in nanoseconds; nil for none.
  public var deadline: Int64? { request.deadline }

  /// Whether the caller no longer waits for the outcome.
  public var isCancelled: Bool { !isOpen || isFinished }

  /// The status that the caller gets, for an interceptor whose `next` threw `error`; OK for nil.
  public func status(after error: (any Error)?) -> StatusCode {
    if isFinished { return ending?.code ?? .ok }
    let code = error.map { RPCError(thrown: $0).code } ?? (isOpen ? .ok : .cancelled)
    return code == .cancelled && wasResetTooLate ? .deadlineExceeded : code
  }

  // MARK: From the wire

  override func received(header name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    if !request.add(name, value) { request.route(to: value, by: server.router) }
  }

  override func receivedHeaders(isTrailers: Bool) {
    if isTrailers { return }
    startedAt = loop.now
    if !request.isNative { return receivedWebHeaders() }
    if let refusal = request.refusal { return refuse(refusal) }
    accept(timeout: request.timeout)
  }

  /// Refuses the call; interceptors see it.
  func refuse(_ error: RPCError) {
    refusal = error
    becomeReady()
  }

  func accept(timeout: Int64?) {
    if admission != .usual, let refusal = refusalUnderPressure() { return refuse(refusal) }
    if let timeout = timeout ?? request.method?.rules.deadline?.nanoseconds {
      start(deadlineIn: timeout)
      request.deadlineOfCaller = request.deadline
    }
    if request.accepted.contains(request.encoding) { compression = request.encoding }
    // Handlers of request streams start now. A single request is received in full first.
    if request.method?.kind == .clientStreaming || request.method?.kind == .bidirectional { becomeReady() }
  }

  override func receivedData(_ count: Int) {
    if isFinished || refusal != nil {
      incoming.removeAll()
      return consumed(unconsumed)
    }
    if let dialect {
      guard translate(count, by: dialect) else { return }
      if dialect.isBodyWhole { return charge(incoming.count) ? collectWhole(count) : finish(Self.noMemory) }
    }
    let limit = wireBytesMax
    if let length = incoming.declaredLength, length > limit {
      return finish(RPCError(requestOf: length, limit: limit))
    }
    if !charge(incoming.count) { return finish(Self.noMemory) }
    if !isRunning { return collect(count, limit: limit) }
    wakeReceiver()
    if isHeldBack { freeConnectionWindow() } else { widenWindow() }
  }

  override func receivedEnd() {
    if isFinished || refusal != nil { return }
    if let dialect, !translateEnd(by: dialect) { return }
    if isRunning { wakeReceiver() } else { becomeReady() }
  }

  override func outgoingDrained() {
    if shrinks { shrink() }
    guard let waiter = sendWaiter, outgoing.count <= unsentBytesMax else { return }
    sendWaiter = nil
    waiter.resume()
  }

  /// Waits until at most `bytesMax` bytes are unsent.
  func waitUntilUnsent(bytesMax: Int) async throws {
    unsentBytesMax = bytesMax
    try await withCheckedThrowingContinuation { sendWaiter = $0 }
    if isCancelled { throw CancellationError() }
  }

  private func shrink() {
    if incoming.isEmpty { incoming.reset(keepBytes: 0) }
    if outgoing.isEmpty { outgoing.reset(keepBytes: 0) }
  }

  override func submitTrailers() -> Bool { dialect == nil && submitStatus() }

  override func closed(errorCode: UInt32) {
    origin.counters.streamEnded(well: isFinished && errorCode == 0, traffic)
    if !isFinished, let deadline { wasResetTooLate = loop.now >= deadline }
    deadlineTimer?.cancel()
    if admission != .usual {
      requestTimer?.cancel()
      requestTimer = nil
    }
    if isRunning {
      origin.abandonedCalls += 1
      task?.cancel()
      failWaiters(CancellationError())
    } else {
      release()
    }
  }

  // MARK: The handler

  private func becomeReady() {
    if refusal != nil { handling = server.refusing }
    isRunning = true
    origin.ready.append(self)
  }

  /// Whether its handler may start. If the caller no longer waits, the call is finished instead.
  func mayStart() -> Bool {
    if isOpen && !isFinished {
      if isPastDeadline && refusal == nil {  // a call that nobody waits for does not begin
        refusal = Self.pastDeadline
        handling = server.refusing
      }
      return true
    }
    isRunning = false
    if isOpen {  // its deadline passed while it could not start
      releaseRequestMemory()
    } else {  // reset by the caller before it began
      origin.abandonedCalls -= 1
      release()
    }
    return false
  }

  /// The handler waits. `task` is cancelled when the caller no longer waits.
  func waits(in task: Task<Void, Never>) { self.task = task }

  /// The handler has ended, or a gate has refused the call.
  func handlerEnded(_ error: (any Error)?) {
    let isAbandoned = !isOpen
    isRunning = false
    task = nil
    if let error {
      if !isFinished { server.observe(error, in: self) }
      finish(RPCError(thrown: error))
    } else {
      finish(nil)
    }
    releaseCounted()
    // The caller may read slowly. Then only the encoded response waits, not the messages that it was made from.
    returnArena()
    incoming.reset(keepBytes: Self.keptBufferBytes)
    releaseRequestMemory()
    if isAbandoned {
      origin.abandonedCalls -= 1
      release()
    }
  }

  /// The handler of calls that are refused.
  static func refuse(_ call: Call) throws {
    throw call.refusal ?? RPCError(.internal, "the call was refused without a reason")
  }

  /// Ends the call with `error` and cancels its running handler, when the call may no longer go on. Only on its loop;
  /// without effect after the end of the call.
  public func end(_ error: RPCError) {
    if !isFinished && isOpen { abandon(error) }
  }

  /// Ends the call while its handler is still running.
  func abandon(_ error: RPCError) {
    finish(error)
    task?.cancel()
    failWaiters(CancellationError())
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

  /// The stream and the handler have both ended: reusable memory goes to the loop's next call.
  private func release() {
    returnArena()
    origin.registry.calls.ended(well: isFinished && ending == nil)
    releaseRequestMemory()
    server.callEnded(origin.usage, admission)
  }
}
