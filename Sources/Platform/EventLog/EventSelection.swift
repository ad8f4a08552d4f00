/// Which events a subscriber wants: those that concern any of some things.
package enum EventSelection: Sendable {
  /// Those that changed one of these.
  case changed(Set<ID>)
  /// Those that concern this.
  case concerning(ID)

  /// Whether the event is wanted.
  package func includes(_ mark: EventMark) -> Bool {
    switch self {
    case .changed(let ids): mark.subjects.first.map(ids.contains) ?? false
    case .concerning(let id): mark.subjects.contains(id)
    }
  }

  /// What the log is searched for.
  var subjects: [ID] {
    switch self {
    case .changed(let ids): Array(ids)
    case .concerning(let id): [id]
    }
  }
}
