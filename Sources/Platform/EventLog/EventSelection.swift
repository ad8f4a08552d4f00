/// Which events a subscriber wants: those that concern any of some things.
package enum EventSelection: Sendable {
  /// Those that changed one of these.
  case changed(Set<ID>)
  /// Those that concern this.
  case concerning(ID)

  /// Whether the event is wanted.
  package func includes(_ header: EventHeader) -> Bool {
    switch self {
    case .changed(let ids): header.subjects.first.map(ids.contains) ?? false
    case .concerning(let id): header.subjects.contains(id)
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
