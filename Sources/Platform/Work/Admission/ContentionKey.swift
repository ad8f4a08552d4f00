/// What many calls may want to change at the same moment: a row, by its kind and id.
package struct ContentionKey: Hashable, Sendable {
  private let kind: String
  private let id: ID

  /// The row `id` of a kind: the name of its table.
  package init(_ kind: String, _ id: ID) {
    self.kind = kind
    self.id = id
  }
}

extension ContentionKey: Comparable {
  /// The order in which a work waits for several.
  package static func < (one: ContentionKey, other: ContentionKey) -> Bool {
    (one.kind, one.id.halves.high, one.id.halves.low) < (other.kind, other.id.halves.high, other.id.halves.low)
  }
}
