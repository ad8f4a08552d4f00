/// The events that a subscriber asks for.
package enum EventSelection: Sendable {
  /// Events that changed one of these resources.
  case changed(Set<ID>)
  /// Events that concern this resource.
  case concerning(ID)

  /// Whether the event is wanted.
  package func includes(_ header: EventHeader) -> Bool {
    switch self {
    case .changed(let ids): header.subjects.first.map(ids.contains) ?? false
    case .concerning(let id): header.subjects.contains(id)
    }
  }

  /// The subjects to search the log for, and to subscribe to.
  var subjects: [ID] {
    switch self {
    case .changed(let ids): Array(ids)
    case .concerning(let id): [id]
    }
  }
}
