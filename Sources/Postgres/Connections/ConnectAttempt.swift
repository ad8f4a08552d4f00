/// One attempt to find a server: the addresses left to try, and why the others failed.
final class ConnectAttempt {
  /// The timeout for one address.
  let limit: Duration
  private let route: ConnectRoute
  private var left: [ConnectTarget]
  private var current: ConnectTarget?
  private var reasons: [String]
  private var refusal: String?
  /// Whether another try may find what this one did not.
  private var mayChange: Bool

  init(_ route: ConnectRoute, _ candidates: ConnectRoute.Candidates, limit: Duration) {
    self.route = route
    self.limit = limit
    left = candidates.targets.reversed()
    reasons = candidates.problems
    mayChange = !candidates.problems.isEmpty
  }

  /// The next address; nil after the last.
  func next() -> ConnectTarget? {
    current = left.popLast()
    return current
  }

  /// The address that was tried last is none.
  func failed(_ error: PostgresError, _ reason: String) {
    reasons.append(reason)
    if case .accessRefused(let sentence) = error { refusal = sentence } else { mayChange = true }
  }

  /// The address that was tried last is the one.
  func succeeded() {
    if let current { route.found(current) }
  }

  /// The result of all attempts: refused only if every server has refused the connection.
  var outcome: (PostgresError, String) {
    let reason = reasons.isEmpty ? "it has no address" : reasons.joined(separator: "; ")
    if let refusal, !mayChange { return (.accessRefused(refusal), reason) }
    return (.unavailable, reason)
  }
}
