internal import EventLoop

extension Call {
  /// Runs for every request of a stream but the first, before the request is decoded. It may delay the request. An
  /// error that it throws ends the call.
  public typealias RequestGate = @Sendable (Call) async throws -> Void

  /// Delays the request, for a ``RequestGate``. Meanwhile flow control stops the caller, which sees nothing but a
  /// slower reader.
  /// - Throws: `CancellationError` when the call has ended.
  public func holdBack(for duration: Duration) async throws {
    isHeldBack = true
    defer { isHeldBack = false }
    freeConnectionWindow()
    try await loop.sleep(for: duration)
  }

  /// Gives the connection its window back for what waits in the stream: others share the connection, and must not wait
  /// because this caller has to. The stream's own window stays used up, which is what stops its caller.
  func freeConnectionWindow() {
    guard unconsumed > 0 else { return }
    withSession { session in
      guard session.sharesConnection else { return }
      session.dropped(unconsumed)
      withheldBytes += unconsumed
      unconsumed = 0
    }
  }

  /// `count` bytes of `incoming` have been taken: the caller may send as many more.
  func tookBytes(_ count: Int) {
    let withheld = min(withheldBytes, count)
    if withheld > 0 {
      withheldBytes -= withheld
      withSession { $0.returned(withheld, to: self) }
    }
    consumed(min(unconsumed, count - withheld))
  }
}
