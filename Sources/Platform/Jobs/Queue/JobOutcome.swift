/// What came of an attempt.
enum JobResult: Sendable, Equatable {
  case succeeded
  /// The attempt failed, with a sentence for operators.
  case failed(String)
  /// No attempt can succeed.
  case hopeless(String)
  /// The server stopped.
  case interrupted
  /// It ended because an operator cancelled it.
  case cancelled
  /// Its lease expired, and another server has taken it: nothing is stored.
  case lost
}

/// How an attempt ends in the queue.
struct JobOutcome: Sendable, Equatable {
  /// The maximum length of a stored reason, in scalars.
  static let reasonScalarsMax = 500

  let state: JobState
  /// What is added to the failures of the job.
  let failures: Int
  /// The pause before the next attempt.
  let pause: Duration
  /// Why it did not succeed; empty when it did.
  let reason: String

  /// The outcome of an attempt at a job that has failed `failures` times before.
  /// - Parameter chance: from 0 to 1, for the length of the pause.
  init(_ result: JobResult, failures: Int, backoff: JobBackoff, chance: Double) {
    switch result {
    case .succeeded: self.init(.succeed)
    case .cancelled: self.init(.cancel, reason: "cancelled")
    case .interrupted, .lost: self.init(.giveBack, reason: "interrupted by a stop of the server")
    case .hopeless(let reason): self.init(.giveUp, failures: 1, reason: reason)
    case .failed(let reason):
      if let pause = backoff.pause(afterFailure: failures + 1, chance: chance) {
        self.init(.postpone, failures: 1, pause: pause, reason: reason)
      } else {
        self.init(.giveUp, failures: 1, reason: reason)
      }
    }
  }

  private init(_ move: JobState.Move, failures: Int = 0, pause: Duration = .zero, reason: String = "") {
    state = JobState.running.after(move) ?? .running
    self.failures = failures
    self.pause = pause
    self.reason = reason.withoutControls(scalarsMax: Self.reasonScalarsMax)
  }
}
