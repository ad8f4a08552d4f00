internal import EventLoop

/// Detects a server that does not respond but has not closed the connection: it is frozen, or the network drops
/// packets. A quiet connection is probed at intervals. A connection over which no byte moves within the limit, although
/// the server owes an answer or has not taken all of a query, is closed.
///
/// The server ends statements in time, so a live one always answers within the limit. Statements of a script, such as a
/// migration, may last longer and are not judged; a COPY is, and data that the server does not take.
final class LivenessProbe {
  /// The maximum time between two probes of a quiet connection; less where the limit is short.
  private static let askingIntervalMax: Duration = .seconds(5)
  private static let questionsPerLimit = 4
  /// Answers that arrive within this time are read before the verdict, because the loop itself may have been delayed.
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
    guard connection.isAnswerDue else {
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
