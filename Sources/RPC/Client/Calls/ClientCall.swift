public import EventLoop

/// One call of a client, for its interceptors. It may take several attempts and has one outcome.
///
/// A call belongs to its channel's loop, where its interceptors run. No other thread may use it.
public final class ClientCall: @unchecked Sendable {
  /// Makes a call, and returns when it has succeeded. See ``ClientInterceptor``.
  public typealias Handler = @Sendable (ClientCall) async throws -> Void

  /// `/package.Service/Method`.
  public let path: String
  /// Which sides send a stream.
  public let kind: MethodKind
  /// The options of the call. Changes apply from the next attempt on; a deadline always counts from the call's
  /// beginning.
  public var options: CallOptions { didSet { if startedAt != nil { startDeadline() } } }
  /// Leading metadata of the answer, once it has come.
  public internal(set) var headers: Metadata = [:]
  /// Trailing metadata of the answer, once the call has ended.
  public internal(set) var trailers: Metadata = [:]
  /// When the call began, on the clock of `loop.now` in nanoseconds; nil before that.
  public private(set) var startedAt: Int64?

  let channel: ChannelState
  private var values = CallValues()
  /// The call's result for its caller.
  private(set) var outcome: Result<Void, any Error>?
  var attempt: ClientAttempt?
  private var retries: CallRetries
  var replay: ReplayBuffer
  var requestsEnded = false
  /// Responses that interceptors gave.
  var answers: [[UInt8]] = []
  var reader: Reader?
  var sender: CheckedContinuation<Void, any Error>?
  /// Responses that the caller has been given.
  var delivered = 0

  // The run that interceptors wait for, and what became of the one before it.
  private var runner: CheckedContinuation<Void, any Error>?
  private var lastRun: Result<Void, any Error>?
  private var chain: Task<Void, Never>?
  private var deadline: Timer?
  private var pause: Timer?
  // The queue that it waits in.
  var isWaiting = false
  var nextWaiting: ClientCall?
  unowned(unsafe) var previousWaiting: ClientCall?

  init(path: String, kind: MethodKind, options: CallOptions, channel: ChannelState) {
    self.path = path
    self.kind = kind
    self.options = options
    self.channel = channel
    retries = CallRetries(options.retryPolicy ?? channel.options.retryPolicy)
    replay = ReplayBuffer(bytesMax: channel.options.limits.retryBufferBytesMax)
  }

  /// The loop on which everything of this call happens.
  public var loop: EventLoop { channel.loop }

  /// A value that an interceptor left for those after it; nil until it is set.
  public subscript<Value: Sendable>(_ key: CallLocal<Value>) -> Value? {
    get { values[key] }
    set { values[key] = newValue }
  }

  /// Whether its server may send any number of responses.
  var sendsManyResponses: Bool { kind == .serverStreaming || kind == .bidirectional }

  /// When the caller stops waiting, on the clock of `loop.now`; nil when it never does.
  private var deadlineTime: Int64? {
    guard let timeout = options.timeout, let startedAt else { return nil }
    let (time, overflow) = startedAt.addingReportingOverflow(timeout.nanoseconds)
    return overflow ? .max : time
  }

  // MARK: Beginning

  /// Begins the call; it goes through `interceptors` in the task that calls ``pass(through:)``, if there are any.
  func begin(passesInterceptors: Bool = false) {
    if outcome != nil || startedAt != nil { return }
    startedAt = loop.now
    startDeadline()
    if outcome == nil && !passesInterceptors { channel.admit(self) }
  }

  private func startDeadline() {
    guard outcome == nil else { return }
    deadline?.cancel()
    guard let time = deadlineTime else { return }
    let timer = deadline ?? Timer { [unowned self] in end(.failure(Self.tooLate)) }
    deadline = timer
    if time <= loop.now { end(.failure(Self.tooLate)) } else { loop.schedule(timer, at: time) }
  }

  // MARK: Interceptors

  /// Runs the interceptors around the call: what they end with is the call's outcome. On the loop.
  func pass(through handler: Handler) async {
    begin(passesInterceptors: true)
    if outcome != nil { return }
    do {
      try await handler(self)
      end(.success(()))
    } catch {
      end(.failure(error))
    }
    chain = nil
  }

  func passes(in task: Task<Void, Never>) {
    if outcome == nil { chain = task } else { task.cancel() }
  }

  /// Whether the call can be made again after a failure: no response has reached the caller, and its requests, within
  /// ``ClientLimits/retryBufferBytesMax``, are still there. If not, `next` only repeats the failure.
  public var isRepeatable: Bool { outcome == nil && delivered == 0 && !replay.isIncomplete }

  /// Makes the call, as often as its policy wants, until it has ended: what the innermost interceptor's `next` does.
  func run() async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { startRun($0) }
    } onCancel: {
      loop.onLoop { [self] in runEnded(.failure(Self.cancelled)) }
    }
  }

  private func startRun(_ waiter: CheckedContinuation<Void, any Error>) {
    if let outcome { return waiter.resume(with: outcome) }
    if runner != nil { return waiter.resume(throwing: RPCError(.internal, "the call has already been started")) }
    if let lastRun {
      guard isRepeatable, answers.isEmpty else { return waiter.resume(with: lastRun) }
      retries = CallRetries(options.retryPolicy ?? channel.options.retryPolicy)
      self.lastRun = nil
      forgetAttempt()
    }
    runner = waiter
    channel.admit(self)
  }

  // MARK: Attempts

  /// A connection takes the call, which repeats what it has sent so far.
  func start(on connection: ClientConnection) {
    let fresh = channel.takeAttempt()
    attempt = fresh
    fresh.compression = compression
    for message in replay.messages { fresh.add(message, on: connection) }
    fresh.sendingEnded = requestsEnded
    if replay.isOverfull { commit() }
    connection.callBegins()
    fresh.open(self, on: connection, fields())
  }

  /// The compression of requests.
  private var compression: Compression { options.compression ?? channel.options.compression }

  private func fields() -> HeaderBlock {
    var block = HeaderBlock()
    block.add(":method", "POST")
    block.add(":scheme", channel.scheme)
    block.add(":path", path)
    block.add(":authority", channel.authority)
    block.add("te", "trailers")
    block.add("content-type", "application/grpc")
    block.add("user-agent", "fastshop-swift")
    block.add("grpc-accept-encoding", CompressionSet.advertised)
    if compression != .identity { block.add("grpc-encoding", compression.name) }
    if let time = deadlineTime {
      block.add("grpc-timeout", GRPCTimeout.format(nanoseconds: max(1, time - loop.now)))
    }
    if retries.previousAttempts > 0 { block.add("grpc-previous-rpc-attempts", "\(retries.previousAttempts)") }
    block.add(options.metadata)
    return block
  }

  /// The answer's headers are there: the call is not made again by itself.
  func answerBegan(_ headers: Metadata) {
    self.headers = headers
    commit()
  }

  /// From now on, the call is not made again by itself. Interceptors may still repeat one whose answer has begun, as
  /// long as its caller has seen nothing of it.
  func commit() {
    retries.commit()
    if channel.options.interceptors.isEmpty || replay.isOverfull { replay.drop() }
  }

  func attemptSucceeded(_ headers: Metadata, _ trailers: Metadata) {
    retries.succeeded(&channel.budget)
    self.headers = headers
    self.trailers = trailers
    runEnded(.success(()))
  }

  func attemptFailed(
    _ failure: CallRetries.Failure, _ error: RPCError, _ headers: Metadata = [:], _ trailers: Metadata = [:]
  ) {
    switch retries.after(failure, &channel.budget, random: channel.options.random) {
    case .end:
      self.headers = headers
      self.trailers = trailers
      runEnded(.failure(error))
    case .again:
      forgetAttempt()
      channel.admit(self)
    case .retry(let delay):
      forgetAttempt()
      let timer = pause ?? Timer { [unowned self] in channel.admit(self) }
      pause = timer
      loop.schedule(timer, at: loop.now + delay)
    }
  }

  private func forgetAttempt() {
    attempt = nil
    headers = [:]
    trailers = [:]
  }

  // MARK: The end

  /// The attempts are over. Without interceptors, that is the end of the call.
  private func runEnded(_ result: Result<Void, any Error>) {
    if outcome != nil || lastRun != nil { return }
    guard let runner else { return end(result) }
    leave()
    lastRun = result
    self.runner = nil
    runner.resume(with: result)
    drained(0)
    deliver()
  }

  func cancel() { end(.failure(Self.cancelled)) }

  /// Ends the call once; responses that arrived before its end can still be received.
  func end(_ result: Result<Void, any Error>) {
    if outcome != nil { return }
    outcome = result.mapError { ($0 as? RPCError) ?? RPCError(intercepted: $0) }
    deadline?.cancel()
    deadline = nil
    leave()
    chain?.cancel()
    chain = nil
    let waiters = [runner, sender]
    runner = nil
    sender = nil
    for waiter in waiters { waiter?.resume(with: result) }
    deliver()
  }

  /// Nothing more will be sent or awaited.
  private func leave() {
    pause?.cancel()
    pause = nil
    channel.withdraw(self)
    attempt?.abandon()
  }

  private static let cancelled = RPCError(.cancelled, "the call was cancelled")
  private static let tooLate = RPCError(.deadlineExceeded, "the deadline passed before the call ended")
}

extension RPCError {
  /// The error for the caller when an interceptor throws `error`.
  fileprivate init(intercepted error: any Error) {
    switch error {
    case let error as any RPCErrorConvertible: self = error.rpcError
    case is CancellationError: self.init(.cancelled, "the call was cancelled")
    default: self.init(.unknown, "an interceptor failed: \(error)")
    }
  }
}
