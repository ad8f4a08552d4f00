import Synchronization

/// The states of a database that were read last. As long as Postgres gives the same snapshot, no transaction has
/// written, so that what was read is still there: most calls that are refused write nothing, and reading every table
/// takes longer than they do.
final class StateReader: Sendable {
  private struct Known {
    let snapshot: String
    let state: String
  }

  private let known = Mutex<[String: Known]>([:])

  /// What `name` was when it was read last, if nothing has been written since.
  func known(_ name: String, at snapshot: String) -> String? {
    known.withLock { $0[name] }.flatMap { $0.snapshot == snapshot ? $0.state : nil }
  }

  func remember(_ name: String, _ state: String, at snapshot: String) {
    known.withLock { $0[name] = Known(snapshot: snapshot, state: state) }
  }
}
