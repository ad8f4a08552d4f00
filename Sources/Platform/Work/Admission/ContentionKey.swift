/// What many calls may want to change at the same moment: a row, by its kind and id.
package struct ContentionKey: Hashable, Sendable {
  private let kind: String
  private let id: ID
  private let text: String
  /// Whether one work has it at a time, because those that wait find that nothing is left to do.
  let isExclusive: Bool

  private init(_ kind: String, _ id: ID, _ text: String, isExclusive: Bool) {
    self.kind = kind
    self.id = id
    self.text = text
    self.isExclusive = isExclusive
  }

  /// Any row that several works want.
  static let anyRow = ContentionKey("any", .none, "", isExclusive: false)

  /// The row `id` of a kind: the name of its table.
  package init(_ kind: String, _ id: ID) { self.init(kind, id, "", isExclusive: false) }

  /// What is done once, whoever comes first: an event of an outside provider, by the id that the provider gave it.
  package init(_ kind: String, text: String) { self.init(kind, .none, text, isExclusive: true) }
}

extension ContentionKey: Comparable {
  /// The order in which a work waits for several.
  package static func < (one: ContentionKey, other: ContentionKey) -> Bool {
    (one.kind, one.id.halves.high, one.id.halves.low, one.text)
      < (other.kind, other.id.halves.high, other.id.halves.low, other.text)
  }
}
