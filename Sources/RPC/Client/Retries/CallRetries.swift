/// The state machine of a call's retries (gRFC A6). A value without a clock or a socket.
struct CallRetries: Equatable {
  /// How an attempt failed.
  enum Failure: Equatable {
    /// The server answered, or the connection broke while it might have been at work.
    case ended(StatusCode, RetryPushback)
    /// The server's HTTP/2 refused the stream: its application never saw the call.
    case refused
    /// Nothing was sent.
    case neverSent
  }

  /// The next step.
  enum Verdict: Equatable {
    /// The call fails as its attempt did.
    case end
    /// Repeat the attempt at once; it does not count.
    case again
    /// Make another attempt after so many nanoseconds.
    case retry(after: Int64)
  }

  /// The number of times that a refused stream is repeated at once; then the policy decides.
  private static let refusalsMax = 1
  /// Connections that may vanish under a call before it was sent; a server that accepts and leaves must not keep us
  /// busy for ever.
  private static let unsentMax = 10

  private let policy: RetryPolicy?
  /// Attempts before this one that counted: what `grpc-previous-rpc-attempts` says.
  private(set) var previousAttempts = 0
  /// Failures since the server last said itself how long to wait.
  private var failuresInRow = 0
  private var refusals = 0
  private var unsent = 0
  /// Something of the answer was seen, or the requests are not kept any more: there is no way back.
  private(set) var isCommitted = false

  init(_ policy: RetryPolicy?) { self.policy = policy }

  mutating func commit() { isCommitted = true }

  /// The call ended well.
  func succeeded(_ budget: inout RetryBudget) {
    if policy != nil { budget.countSuccess() }
  }

  /// Decides after a failed attempt. `random` lies in 0..<1.
  mutating func after(_ failure: Failure, _ budget: inout RetryBudget, random: () -> Double) -> Verdict {
    if isCommitted { return .end }
    switch failure {
    case .neverSent where unsent < Self.unsentMax:
      unsent += 1
      return .again
    case .refused where refusals < Self.refusalsMax:
      refusals += 1
      return .again
    case .neverSent, .refused: return decide(.unavailable, .none, &budget, random)
    case .ended(let code, let pushback): return decide(code, pushback, &budget, random)
    }
  }

  private mutating func decide(
    _ code: StatusCode, _ pushback: RetryPushback, _ budget: inout RetryBudget, _ random: () -> Double
  ) -> Verdict {
    guard let policy else { return .end }
    let isRetryable = policy.codes.contains(code)
    if isRetryable || pushback == .never { budget.countFailure() }
    guard isRetryable, pushback != .never, budget.allowsRetry, previousAttempts + 1 < policy.attempts else {
      return .end
    }
    previousAttempts += 1
    if case .wait(let milliseconds) = pushback {
      failuresInRow = 0
      return .retry(after: milliseconds * 1_000_000)
    }
    failuresInRow += 1
    return .retry(after: policy.backoff.delay(afterFailures: failuresInRow, random: random()))
  }
}
