internal import Logging

/// Reports the failures of work that is repeated: an outage of the database is one line, not one per attempt. Confined
/// to the task that repeats the work.
struct FailureReport {
  private let log: Logger
  private let message: Logger.Message
  private let level: Logger.Level
  private var last = ""

  /// - Parameter message: what cannot be done: "the data keys cannot be read".
  init(_ message: Logger.Message, to log: Logger, level: Logger.Level = .warning) {
    self.message = message
    self.log = log
    self.level = level
  }

  /// An attempt failed. Reports it unless the attempt before failed for the same reason.
  mutating func failed(_ error: any Error) {
    let reason = "\(error)"
    if reason != last { log.log(level: level, message, metadata: ["reason": "\(reason)"]) }
    last = reason
  }

  /// An attempt succeeded: the next failure is reported.
  mutating func succeeded() { last = "" }
}
