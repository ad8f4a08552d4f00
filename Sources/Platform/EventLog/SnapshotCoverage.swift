/// The part of the log that a state already contains.
package struct SnapshotCoverage {
  /// The position from which to follow the log.
  package let cursor: EventCursor
  /// Whether the state contained the event's effect.
  package let contains: (EventHeader) -> Bool

  /// A state that was read by several statements, each with a snapshot of its own.
  package init(cursor: EventCursor, contains: @escaping (EventHeader) -> Bool) {
    self.cursor = cursor
    self.contains = contains
  }

  /// The coverage of a cursor alone.
  package init(_ cursor: EventCursor) {
    self.init(cursor: cursor) { cursor.visible?.contains($0) ?? false }
  }
}
