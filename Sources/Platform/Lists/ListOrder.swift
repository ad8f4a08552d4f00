internal import Postgres

/// An order of a list: keys that are different for any two rows, all ascending or all descending, and the index that
/// has the rows in that order. A test runs EXPLAIN for each order of each list.
package struct ListOrder {
  /// The direction of all keys.
  package enum Direction {
    /// The least first.
    case ascending
    /// The greatest first.
    case descending
  }

  /// How Postgres gets the rows in this order.
  package enum Access: Equatable {
    /// It reads an index, forward or backward.
    case index(String)
    /// It reads an index as far as an ``IndexWalk`` goes, and sorts what matches then.
    case walk(String)
    /// It sorts all rows of the list, of which there are at most so many.
    case sort(atMost: Int)
    /// Whichever its statistics say is less work: it sorts the rows that a search matches, or walks an index.
    case search
  }

  static let keysMax = 4

  /// The name, which tokens contain. Another order, also with the same keys in a later release, has another name.
  package let name: String
  /// How Postgres gets the rows in this order.
  package let access: Access
  let direction: Direction
  let keys: [ListKey]

  /// An order by at most four keys. The last one is the id, unless the others are already different for any two rows.
  package init(_ name: String, _ access: Access, _ direction: Direction = .ascending, by keys: ListKey...) {
    precondition((1...Self.keysMax).contains(keys.count), "an order has 1 to \(Self.keysMax) keys")
    (self.name, self.access, self.direction, self.keys) = (name, access, direction, keys)
  }

  /// The value of the first key with which the list begins, where a filter says so: an index is read from there.
  private var firstKey: String?

  /// The position before the first row. So the first page has the same statement as all others.
  var start: [String] {
    let ends = keys.map { direction == .ascending ? $0.ends.least : $0.ends.greatest }
    return [firstKey ?? ends[0]] + ends.dropFirst()
  }

  /// The position of the last row that there can be.
  var end: [String] { keys.map { direction == .ascending ? $0.ends.greatest : $0.ends.least } }

  /// The same order of a list with no row before those whose first key is this.
  package func beginning(with firstKey: String?) -> ListOrder {
    var order = self
    order.firstKey = firstKey
    return order
  }

  /// The columns of ORDER BY.
  var columns: Query { Self.list(keys.map { direction == .ascending ? $0.expression : "\($0.expression) DESC" }) }

  /// The columns with the keys, under names of their own.
  var expressions: Query { Self.list(keys.map(\.expression)) }

  /// A condition: the row comes after a position, which has a text for each key.
  func isAfter(_ position: [String]) -> Query {
    let keys = expressions
    let values = Self.list(zip(self.keys, position).map { $0.value($1) })
    return direction == .ascending ? "(\(keys)) > (\(values))" : "(\(keys)) < (\(values))"
  }

  /// A condition: the row does not come after a position.
  func isNotAfter(_ position: [String]) -> Query {
    let values = Self.list(zip(keys, position).map { $0.value($1) })
    return direction == .ascending ? "(\(expressions)) <= (\(values))" : "(\(expressions)) >= (\(values))"
  }

  /// The columns with the keys that the list itself does not select, each after a comma.
  var hiddenColumns: Query { hidden { $0.column == nil } }

  /// The columns with all keys, each after a comma.
  var allColumns: Query { hidden { _ in true } }

  private func hidden(_ isHidden: (ListKey) -> Bool) -> Query {
    var columns: Query = ""
    for (index, key) in keys.enumerated() where isHidden(key) {
      switch index {
      case 0: columns = "\(columns), \(key.expression) AS \"page_key.1\""
      case 1: columns = "\(columns), \(key.expression) AS \"page_key.2\""
      case 2: columns = "\(columns), \(key.expression) AS \"page_key.3\""
      default: columns = "\(columns), \(key.expression) AS \"page_key.4\""
      }
    }
    return columns
  }

  /// The names of the columns with the keys.
  var keyColumns: [String] { keys.enumerated().map { $1.column ?? "page_key.\($0 + 1)" } }

  /// The names of ``allColumns``.
  var allColumnNames: [String] { keys.indices.map { "page_key.\($0 + 1)" } }

  /// Whether these texts can be a position in this order.
  func reads(_ position: [String]) -> Bool {
    position.count == keys.count && zip(keys, position).allSatisfy { $0.reads($1) }
  }

  private static func list(_ parts: [Query]) -> Query {
    parts.dropFirst().reduce(parts[0]) { "\($0), \($1)" }
  }
}
