internal import EventLoop

/// Finds out that a server has fallen silent without closing the connection: it is frozen, or the network swallows
/// what is sent. A connection that is quiet is asked something now and then; one that gets no answer is given up.
///
/// The server itself ends statements in good time, so that a live one always answers within the limit; but not those
/// of a script, such as a migration's, which last as long as they like and are no sign of anything.
final class LivenessProbe {
  /// How long a connection stays quiet at most before it is asked something; less where the limit is short.
  private static let askingIntervalMax: Duration = .seconds(5)
  private static let questionsPerLimit = 4
  /// What is there by the end of this is read before the verdict: the loop itself may have been held up.
  private static let secondLook: Duration = .milliseconds(500)

  private unowned let connection: Connection
  private let limit: Duration
  private let isAsking: Bool
  private var suspectedAt: Int64?
  private lazy var timer = Timer { [unowned self] in look() }

  /// Watches `connection`, which may owe an answer for no longer than `limit`. Without `asking` it is left alone while
  /// it is quiet: a question would hide from the server that its transaction does nothing.
  init(_ connection: Connection, limit: Duration, asking: Bool) {
    self.connection = connection
    self.limit = limit
    isAsking = asking
    connection.loop.schedule(timer, after: interval)
  }

  private var interval: Duration { min(Self.askingIntervalMax, limit / Self.questionsPerLimit) }

  func stop() { timer.cancel() }

  private func look() {
    guard connection.state == .open else { return }
    if connection.isQuiet || connection.isDirect {
      suspectedAt = nil
      if isAsking && connection.isQuiet {
        connection.submit(Request(plain: ""))
        connection.sync()
      }
      return connection.loop.schedule(timer, after: interval)
    }
    let progress = connection.lastProgress
    guard connection.loop.now - progress >= limit.nanoseconds else {
      suspectedAt = nil
      return connection.loop.schedule(timer, after: interval)
    }
    if suspectedAt == progress { return connection.becameUnresponsive() }
    suspectedAt = progress
    connection.loop.schedule(timer, after: Self.secondLook)
  }
}
