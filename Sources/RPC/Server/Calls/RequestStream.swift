internal import EventLoop
public import Protobuf

/// The requests of a call, in order.
///
/// A caller may send up to ``RPCLimits/streamWindowBytes`` ahead of the handler. Then flow control stops it.
public struct RequestStream<Request: Message> {
  private let call: Call
  private let messages = MessageArena()
  /// The first request of the stream has been taken.
  private var hasBegun = false

  /// The call ends with DEADLINE_EXCEEDED when nothing of a request has arrived for so long while the handler waits for
  /// one; nil for no such limit. A request whose rest does not arrive has ``RPCLimits/requestStallMax`` in any case.
  public var idleLimit: Duration?
  /// Starts the timer of the limit: by the call's loop, unless a test has a clock of its own.
  var scheduleIdleTimer: ((Timer, Duration) -> Void)?

  init(_ call: Call) { self.call = call }

  /// The next request, or nil after the last.
  ///
  /// Its memory is used again for the one after it, unless a view of it is kept.
  /// - Throws: ``RPCError`` when what was sent is no such message or too large, `CancellationError` when the caller is
  ///   gone.
  public mutating func next() async throws -> Request? {
    var isAdmitted = !hasBegun
    while true {
      if call.isCancelled { throw CancellationError() }
      if let length = call.incoming.completeLength {
        try call.checkLength(length)
        if !isAdmitted, let gate = call.requestGate {
          isAdmitted = true
          try await gate(call)
          continue  // the call may have ended
        }
        hasBegun = true
        let message: Request = try call.takeMessage(length, in: messages.fresh(call.buffers))
        call.requestCheck = nil  // it is of the first request alone
        call.tookBytes(length + ByteBuffer.prefixBytes)
        if call.incoming.isEmpty { call.releaseCharge() }
        return message
      }
      messages.release(call.buffers)
      // The message that is awaited needs room to arrive in.
      call.tookBytes(call.withheldBytes + call.unconsumed)
      if call.peerEnded {
        if !call.incoming.isEmpty { throw RPCError(.internal, "a truncated request was sent") }
        return nil
      }
      try await waitForBytes()
    }
  }

  private func waitForBytes() async throws {
    let timer = idleLimit.map { limit in
      let timer = Timer { [unowned call] in call.requestsStopped() }
      if let scheduleIdleTimer { scheduleIdleTimer(timer, limit) } else { call.loop.schedule(timer, after: limit) }
      return timer
    }
    defer { timer?.cancel() }
    try await withCheckedThrowingContinuation { call.receiveWaiter = $0 }
  }
}

/// An arena for one message at a time.
final class MessageArena {
  private var arena: Arena?

  init() {}

  /// Empty memory: the last one again if no view of it is left, otherwise another.
  func fresh(_ buffers: LoopBuffers) -> Arena {
    release(buffers)
    let next = buffers.takeArena()
    arena = next
    return next
  }

  /// Gives the memory back, unless a view of it is left, which keeps it.
  func release(_ buffers: LoopBuffers) {
    if let last = arena.take() { buffers.give(last) }
  }
}
