internal import CPQ
internal import EventLoop
internal import Synchronization

/// Restores a connection whose task ended in the middle of a transaction: a running query gets a moment and is then
/// cancelled; an open transaction is rolled back.
final class WriterRecovery {
  /// The time for which an abandoned statement may still run.
  private static let patience: Duration = .milliseconds(50)
  /// The timeout of the cancel request; then the connection is closed.
  private static let cancelMax: Duration = .seconds(3)

  private let connection: Connection
  private let rollingBack: Bool
  private let loop: EventLoop
  private var isCancelling = false
  private var isQuiet = false
  private var done: (() -> Void)?

  init(_ connection: Connection, rollingBack: Bool, loop: EventLoop) {
    self.connection = connection
    self.rollingBack = rollingBack
    self.loop = loop
  }

  /// Calls `done` when the connection is in order or gone.
  func run(_ done: @escaping () -> Void) {
    self.done = done
    let impatience = Timer { self.cancel() }
    connection.whenQuiet {
      impatience.cancel()
      self.isQuiet = true
      self.proceed()
    }
    if !isQuiet { loop.schedule(impatience, after: Self.patience) }
  }

  /// The next statement must not be sent before the server has dealt with the cancel: it would hit that one.
  private func cancel() {
    guard connection.state == .open, let cancel = PQgetCancel(connection.handle) else { return }
    isCancelling = true
    let canceller = Canceller(cancel)
    let tooLate = Timer { [self] in
      canceller.giveUp()
      cancelled()
      connection.fail(.connectionLost, reason: "its statement could not be cancelled within \(Self.cancelMax)")
    }
    loop.schedule(tooLate, after: Self.cancelMax)
    let bound = LoopBound((self, tooLate), on: loop)
    let loop = loop
    let isAccepted = BlockingWork.cancels.submit {
      canceller.send()
      loop.execute {
        bound.value.1.cancel()
        bound.value.0.cancelled()
      }
    }
    if isAccepted { return }
    tooLate.cancel()
    cancelled()
    connection.fail(.connectionLost, reason: "too many statements are being cancelled")
  }

  private func cancelled() {
    isCancelling = false
    proceed()
  }

  private func proceed() {
    guard isQuiet, !isCancelling, let done else { return }
    self.done = nil
    guard rollingBack, connection.state == .open else { return done() }
    let request = Request("ROLLBACK", statement: nil, mayRepeat: false)
    request.whenEnded { [connection] in
      if case .failure(let error)? = request.outcome {
        connection.fail(.connectionLost, reason: "ROLLBACK failed: \(error)")
      }
      done()
    }
    connection.submit(request)
    connection.sync()
  }
}

/// libpq's handle to cancel a connection's query, usable from another thread.
private final class Canceller: @unchecked Sendable {
  private let ticket: OpaquePointer
  private let isGivenUp = Atomic<Bool>(false)

  init(_ ticket: OpaquePointer) { self.ticket = ticket }

  deinit { PQfreeCancel(ticket) }

  /// Cancels that have not been sent are dropped.
  func giveUp() { isGivenUp.store(true, ordering: .relaxed) }

  /// Opens a connection of its own to the server, and blocks until the server has closed it: for ever, if it is frozen.
  func send() {
    if isGivenUp.load(ordering: .relaxed) { return }
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { error in
      _ = PQcancel(ticket, error.baseAddress, 256)
    }
  }
}
