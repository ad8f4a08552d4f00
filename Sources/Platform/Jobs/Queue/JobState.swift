/// The state of a job. The raw value is part of the database.
package enum JobState: String, Sendable, CaseIterable {
  /// It waits for its time, or for a server.
  case waiting
  /// A server has taken it.
  case running
  /// It succeeded.
  case done
  /// It was given up, and is kept to be looked at.
  case dead
  /// An operator cancelled it.
  case cancelled

  /// What happens to a job.
  package enum Move: Sendable, CaseIterable {
    /// A server takes it, or takes it over from a server whose lease has expired.
    case take
    /// It succeeds.
    case succeed
    /// An attempt fails, and another one follows.
    case postpone
    /// The server stops, and gives it back.
    case giveBack
    /// The last attempt fails, or no other attempt can help.
    case giveUp
    /// It ends because an operator cancelled it.
    case cancel
    /// An operator wants it tried again.
    case retry
  }

  /// The state after a move; nil when the move is not possible.
  package func after(_ move: Move) -> JobState? {
    switch (self, move) {
    case (.waiting, .take), (.running, .take): .running
    case (.running, .succeed): .done
    case (.running, .postpone), (.running, .giveBack): .waiting
    case (.running, .giveUp): .dead
    case (.waiting, .cancel), (.running, .cancel): .cancelled
    case (.dead, .retry), (.cancelled, .retry): .waiting
    default: nil
    }
  }

  /// Whether nothing happens to it any more, unless an operator retries it.
  package var isEnded: Bool { after(.take) == nil }

  /// The states in which a move is possible, as the database names them.
  static func allowing(_ move: Move) -> [String] { allCases.filter { $0.after(move) != nil }.map(\.rawValue) }
}
