public import EventLoop
public import Protobuf

/// One call, as its handler sees it.
///
/// A call belongs to the event loop that its connection was accepted on: its handler runs there, and so do child tasks
/// and task groups, which is why they may share it. It must not be taken to other threads.
public final class Call: HTTPStream, @unchecked Sendable {
  /// The loop on which everything of this call happens.
  public let loop: EventLoop
  /// Calls serve one connection after another, but of one loop.
  private(set) var origin: ServerConnection!
  var request = RequestHead()
  var deadlineTimer: Timer?
  private var task: Task<Void, Never>?
  private(set) var isRunning = false
  /// Its status is on its way; what the handler still does is without effect.
  var isFinished = false
  var headersSent = false
  /// What it ends with, if not well.
  var ending: RPCError?
  /// Why it is refused before any handler; interceptors see it all the same.
  private var refusal: RPCError?
  /// The caller has reset it when its deadline had passed: its own clock was a little faster than ours.
  private var wasResetTooLate = false
  /// How it stands on the wire, if not as gRPC over HTTP/2.
  var dialect: Dialect?
  /// What handles it, if not the method that it calls.
  var handling: Method?
  private var values = CallValues()
  var sendWaiter: CheckedContinuation<Void, any Error>?
  /// Bytes that may be left unsent when `sendWaiter` goes on.
  private var unsentBytesMax = 0
  /// Whether its buffers are given up as soon as they are empty, because it is idle most of the time.
  var shrinks = false {
    didSet { if shrinks { shrink() } }
  }
  var receiveWaiter: CheckedContinuation<Void, any Error>?
  private(set) var callArena: Arena?
  /// Bytes of its request that are held, or that were promised room: see ``ServerConnection/requests``.
  var heldBytes = 0
  /// Bytes that its request will have, once that is known to be large.
  var wantedBytes = 0
  var requestAdmission = RequestAdmission.unhindered
  /// Bytes that are counted for its request: see ``RequestMemory``.
  var chargedBytes = 0
  /// Bytes that its handler has had counted: see ``countMemory(_:)``.
  var countedBytes = 0
  /// On what terms the server has taken it.
  var admission = CallAdmission.usual
  /// When its request is too late; only where few calls are left.
  var requestTimer: Timer?
  var isWindowWide = false

  /// When its headers had arrived, on the clock of `loop.now` in nanoseconds.
  public private(set) var startedAt: Int64 = 0
  /// Messages and bytes, each way, until now.
  public internal(set) var traffic = CallTraffic()
  /// Trailing metadata for the end of the call.
  public var trailers: Metadata = [:]
  /// What calls made on behalf of this one carry on, such as the trace: see ``CallOptions/init(inheriting:)``.
  public var propagated: Metadata = [:]
  /// Leading metadata, sent with the first message; later changes have no effect.
  public var headers: Metadata = [:]
  /// What is left to its caller, told with the headers; nil where callers are not limited.
  public var quota: CallQuota?

  /// How responses are compressed; by default as the caller's requests are, if it accepts that, otherwise not at all.
  ///
  /// Choose before the first response: the headers name the choice. Afterwards ``Compression/identity`` still switches
  /// compression off and the first choice on again, from message to message. What the caller does not accept is sent as
  /// it is, and so are messages that are too short to gain by it.
  public var compression = Compression.identity
  /// Whether the request that was last taken came compressed.
  public internal(set) var requestWasCompressed = false
  /// What the headers say, or will say, about compression, once that is settled.
  var settledCompression: Compression?

  /// Who calls, as an interceptor has found out: an object of the program's own. Beside the call's other values because
  /// everybody asks for it.
  public var principal: (any AnyObject & Sendable)?

  /// Checks a request, of whatever type, before the handler has it; what it throws ends the call.
  public typealias RequestCheck = @Sendable (MessageStorage) throws -> Void
  /// What every request of the call must pass, set by an interceptor: it knows of the method what the handler need not.
  public var requestCheck: RequestCheck?
  /// Admits every request of a stream but its first, which the call itself stands for: see ``RequestGate``.
  public var requestGate: RequestGate?
  /// Whether a request waits for its gate.
  var isHeldBack = false
  /// Bytes of `incoming` for which the connection has its window back, but not the stream.
  var withheldBytes = 0

  /// Whether the call would not end by itself, as a subscription does not. When the server begins to stop, it ends
  /// with UNAVAILABLE, for its caller to go on at another server; other calls may finish.
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

  /// A call that ended serves another caller.
  func begin(on connection: ServerConnection, _ admission: CallAdmission) {
    origin = connection
    self.admission = admission
    request.begin(connection.server.limits)
  }

  /// As new, but for the memory of its buffers. Only when nobody holds it.
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

  /// Memory for the call's messages and rows; it goes when the call ends, unless a view of it is kept.
  public var arena: Arena {
    if let callArena { return callArena }
    let fresh = buffers.takeArena()
    callArena = fresh
    return fresh
  }

  /// The loop's next call may use the arena's memory, if no view of it is left.
  func returnArena() {
    if let arena = callArena.take() { buffers.give(arena) }
  }

  /// The method that is called; nil when there is no such method.
  public var method: Method? { request.method }

  /// The method's place among those of its server, from 0; nil when there is no such method. Cheaper than asking
  /// ``method`` for it.
  public var methodIndex: Int? { request.method?.index }

  /// `/package.Service/Method`; of a method that there is not, what the caller wrote, cut after 200 bytes.
  public var path: String { request.method?.path ?? request.path }

  /// Who is at the other end of the connection.
  public var peer: Peer { origin.peer }

  /// A value that an interceptor left for those after it, or for the handler; nil until it is set.
  public subscript<Value: Sendable>(_ key: CallLocal<Value>) -> Value? {
    get { values[key] }
    set { values[key] = newValue }
  }

  /// What the caller sent beside its messages.
  public var metadata: Metadata { request.metadata }

  /// When the caller stops waiting, on the clock of `loop.now` in nanoseconds; nil when it never does.
  public var deadline: Int64? { request.deadline }

  /// Whether nobody waits for the outcome any more.
  public var isCancelled: Bool { !isOpen || isFinished }

  /// The status that the caller gets, for an interceptor whose `next` ended with `error`, or well if that is nil.
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

  /// Refuses the call, in the presence of the interceptors.
  func refuse(_ error: RPCError) {
    refusal = error
    becomeReady()
  }

  func accept(timeout: Int64?) {
    if admission != .usual, let refusal = refusalUnderPressure() { return refuse(refusal) }
    if let timeout { start(deadlineIn: timeout) }
    if request.accepted.contains(request.encoding) { compression = request.encoding }
    // Streams of requests start now; who sends one request is heard to the end first.
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

  /// Waits until the reader has let go all but `bytesMax` bytes of what was sent.
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

  /// Whether its handler may start. If not, because nobody waits for it any more, it is done with.
  func mayStart() -> Bool {
    if isOpen && !isFinished {
      if isPastDeadline && refusal == nil {  // nothing is begun that nobody waits for
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

  /// Its handler waits for something: `task` is what to cancel when nobody waits for the handler any more.
  func waits(in task: Task<Void, Never>) { self.task = task }

  /// What handles it has ended, or a gate has refused it.
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
    // The reader may be slow; only the response waits for it, not what it was made of.
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

  /// Ends the call with `error` while its handler is still at work, which is cancelled: for whoever learns that it may
  /// not go on. Only on its loop; without effect when it has ended.
  public func end(_ error: RPCError) {
    if !isFinished && isOpen { abandon(error) }
  }

  /// Ends the call while its handler is still at work.
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

  /// The stream and the handler are both gone: what is worth keeping goes to the loop's next call.
  private func release() {
    returnArena()
    origin.registry.calls.ended(well: isFinished && ending == nil)
    releaseRequestMemory()
    server.callEnded(origin.usage, admission)
  }

  /// A request of so many bytes has been taken.
  @inline(__always)
  func tookMessage(_ bytes: Int) {
    traffic.received(bytes)
    origin.counters.lastMessageReceived = loop.now
  }

  /// A response of so many bytes is on its way.
  @inline(__always)
  func gaveMessage(_ bytes: Int) {
    traffic.sent(bytes)
    origin.counters.lastMessageSent = loop.now
  }
}
