internal import EventLoop
internal import Logging

/// Reports the failures of work that is repeated: an outage of the database is one line a minute, not one per attempt.
/// Confined to the task that repeats the work.
struct FailureReport {
  private static let interval: Duration = .seconds(60)

  private let log: Logger
  private let message: Logger.Message
  private let level: Logger.Level
  private var last = ""
  private var reportedAt: Int64 = 0

  /// - Parameter message: what cannot be done: "the data keys cannot be read".
  init(_ message: Logger.Message, to log: Logger, level: Logger.Level = .warning) {
    self.message = message
    self.log = log
    self.level = level
  }

  /// An attempt failed, at `now` by the monotonic clock. Reports it unless those of the last minute failed for the same
  /// reason.
  mutating func failed(_ error: any Error, at now: Int64 = EventLoop.preciseNow) {
    let reason = "\(error)"
    if reason == last, now - reportedAt < Self.interval.nanoseconds { return }
    (last, reportedAt) = (reason, now)
    log.log(level: level, message, metadata: ["reason": "\(reason)"])
  }

  /// An attempt succeeded: the next failure is reported.
  mutating func succeeded() { last = "" }
}
