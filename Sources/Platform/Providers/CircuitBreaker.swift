/// Decides whether requests to a provider are sent: a pure value. After failures in a row it suspends the provider, so
/// that callers are told at once instead of waiting for what fails anyway; then one request at a time tries whether the
/// provider works again.
package struct CircuitBreaker: Sendable {
  /// When it suspends, and for how long.
  package struct Rules: Equatable, Sendable {
    /// Failures in a row that suspend the provider.
    package var failuresMax = 5
    /// The first suspension. Each further one, without a success in between, is twice as long.
    package var pauseMin: Duration = .seconds(1)
    /// The longest suspension.
    package var pauseMax: Duration = .seconds(60)
    /// The time after which a trial that has said nothing counts as lost, and another one is sent.
    package var trialMax: Duration = .seconds(30)

    /// The usual rules.
    package init() {}
  }

  /// Its state.
  package enum State: Equatable, Sendable {
    /// Requests are sent; so many have failed in a row.
    case closed(failures: Int)
    /// No request is sent before this moment.
    case open(until: Instant)
    /// One request is under way as a trial; until this moment no other one is sent.
    case halfOpen(until: Instant)
  }

  /// The present state.
  package private(set) var state = State.closed(failures: 0)
  private let rules: Rules
  private var pause: Duration

  /// One that lets requests through.
  package init(_ rules: Rules = Rules()) {
    self.rules = rules
    pause = rules.pauseMin
  }

  /// Whether a request is sent now. It must be followed by ``succeeded()``, ``failed(at:)`` or ``abandoned(at:)``.
  package mutating func admits(at now: Instant) -> Bool {
    switch state {
    case .closed: return true
    case .open(let until), .halfOpen(let until):
      guard now >= until else { return false }
      state = .halfOpen(until: now + rules.trialMax)
      return true
    }
  }

  /// A request was answered. The provider works, also if the request began before it was suspended.
  package mutating func succeeded() {
    state = .closed(failures: 0)
    pause = rules.pauseMin
  }

  /// A request failed for a reason that lies with the provider.
  package mutating func failed(at now: Instant) {
    switch state {
    case .closed(let failures) where failures + 1 < rules.failuresMax: state = .closed(failures: failures + 1)
    case .closed, .halfOpen:
      state = .open(until: now + pause)
      pause = min(pause * 2, rules.pauseMax)
    case .open: break  // it began before the suspension
    }
  }

  /// A request ended without telling anything about the provider. A trial is left to the next one.
  package mutating func abandoned(at now: Instant) {
    if case .halfOpen = state { state = .open(until: now) }
  }
}
