package import RPC

/// The states of a resource and the legal moves between them, as a value: nothing else says what may follow what.
///
/// It changes nothing itself. Whoever makes a move locks the row, asks for the ``Transition``, writes its state and
/// carries out its actions in the same transaction.
package struct StateMachine<State, Move, Action: Sendable>: Sendable
where
  State: Hashable & Sendable & RawRepresentable, State.RawValue == String, Move: Hashable & Sendable & RawRepresentable,
  Move.RawValue == String
{
  /// A legal move from a state.
  package struct Transition: Sendable {
    /// The move.
    package let move: Move
    /// The state that it leads to.
    package let state: State
    /// The permission that it needs; nil when whoever may call the method may make it.
    package let permission: Permission?
    /// What has to be done with it.
    package let actions: [Action]
  }

  /// A move and the states from which it is legal.
  package struct Rule: Sendable {
    let sources: [State]
    let transition: Transition

    /// `move` leads from each of these states to `target`.
    package init(
      _ move: Move, from sources: [State], to target: State, permission: Permission? = nil, _ actions: [Action] = []
    ) {
      self.sources = sources
      transition = Transition(move: move, state: target, permission: permission, actions: actions)
    }
  }

  private let transitions: [State: [Transition]]

  /// The machine of these rules. From one state, a move leads to one state.
  package init(_ rules: [Rule]) {
    var transitions: [State: [Transition]] = [:]
    for rule in rules {
      for source in rule.sources {
        let isNew = transitions[source]?.contains { $0.move == rule.transition.move } != true
        precondition(isNew, "two rules for \(rule.transition.move) from \(source)")
        transitions[source, default: []].append(rule.transition)
      }
    }
    self.transitions = transitions
  }

  /// The moves that a caller with these permissions may make from a state, in the order of the rules.
  package func legalMoves(from state: State, with permissions: PermissionSet) -> [Move] {
    (transitions[state] ?? []).filter { $0.permission.map(permissions.contains) ?? true }.map(\.move)
  }

  /// The transition of a move.
  /// - Throws: ``IllegalMove``; ``AccessRefusal/permissionMissing(_:)`` for a legal move that the caller may not make.
  package func transition(_ move: Move, from state: State, with permissions: PermissionSet) throws -> Transition {
    guard let found = transitions[state]?.first(where: { $0.move == move }) else {
      let legal = legalMoves(from: state, with: permissions).map(\.rawValue)
      throw IllegalMove(move: move.rawValue, state: state.rawValue, legal: legal)
    }
    if let needed = found.permission, !permissions.contains(needed) { throw AccessRefusal.permissionMissing(needed) }
    return found
  }
}

/// A move that is not legal in the state of the resource: FAILED_PRECONDITION, with the legal moves.
package struct IllegalMove: Error, Equatable {
  /// The move.
  package let move: String
  /// The state that the resource has.
  package let state: String
  /// The moves that the caller may make from that state.
  package let legal: [String]
}

extension IllegalMove: RPCErrorConvertible {
  /// The error for the caller.
  package var rpcError: RPCError {
    let moves = legal.joined(separator: ", ")
    return ResourceReason.illegalMove.error(
      "\(move) is not possible while the state is \(state); possible: \(moves.isEmpty ? "nothing" : moves)",
      metadata: ["state": state, "moves": legal.joined(separator: ",")])
  }
}
