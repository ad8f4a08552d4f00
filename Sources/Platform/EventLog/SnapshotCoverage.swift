/// What of the log is already contained in a state that a subscriber was given.
package struct SnapshotCoverage {
  /// Where to follow the log from.
  package let cursor: EventCursor
  /// Whether the state contained the event's effect.
  package let contains: (EventHeader) -> Bool

  /// A state that was read by several statements, each with a snapshot of its own.
  package init(cursor: EventCursor, contains: @escaping (EventHeader) -> Bool) {
    self.cursor = cursor
    self.contains = contains
  }

  /// What a cursor says by itself.
  package init(_ cursor: EventCursor) {
    self.init(cursor: cursor) { cursor.visible?.contains($0) ?? false }
  }
}
