internal import EventLoop

/// Restores a connection whose task ended in the middle of a transaction: a running query gets a moment and is then
/// cancelled; an open transaction is rolled back.
final class ConnectionRecovery {
  /// The time for which an abandoned statement may still run.
  private static let patience: Duration = .milliseconds(50)

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
    isCancelling = true
    StatementCancel.send(on: connection) { [self] in
      isCancelling = false
      proceed()
    }
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
