package import Postgres

/// A column that a list is sorted by, or an expression of columns. It is not NULL in any row of the list.
///
/// A column that may be NULL is declared with the place of its NULLs. The key is then `coalesce(column, end)`, and the
/// index of the order must be over the same expression:
///
/// | kind | `end` for `.least` | for `.greatest` |
/// |---|---|---|
/// | time | `'-infinity'` | `'infinity'` |
/// | number | `'-9223372036854775808'::bigint` | `'9223372036854775807'::bigint` |
/// | text | `''` | `U&'\+10FFFF'` |
package struct ListKey {
  /// The type of a key.
  enum Kind: UInt8 {
    /// `uuid`.
    case id = 1
    /// `timestamptz`.
    case time
    /// `bigint`, or a smaller one.
    case number
    /// `text` in the order of its bytes, `COLLATE "C"`: the only order that no upgrade of a library changes.
    case text
  }

  /// Where the rows with NULL stand: before all others in ascending order, or after them.
  package enum Nulls {
    /// Before all others.
    case least
    /// After all others.
    case greatest
  }

  let kind: Kind
  /// The expression that the index is over.
  let expression: Query
  /// The column of the rows with the key's value; nil when the rows need a further column for it.
  let column: String?

  /// An id.
  /// - Parameter column: the name of the column among those that the list selects; nil when it is not among them.
  package static func id(_ expression: Query, in column: String? = nil) -> ListKey {
    ListKey(kind: .id, expression: expression, column: column)
  }

  /// A time.
  package static func time(_ expression: Query, in column: String? = nil, nulls: Nulls? = nil) -> ListKey {
    switch nulls {
    case nil: ListKey(kind: .time, expression: expression, column: column)
    case .least: ListKey(kind: .time, expression: "coalesce(\(expression), '-infinity')", column: nil)
    case .greatest: ListKey(kind: .time, expression: "coalesce(\(expression), 'infinity')", column: nil)
    }
  }

  /// A whole number.
  package static func number(_ expression: Query, in column: String? = nil, nulls: Nulls? = nil) -> ListKey {
    switch nulls {
    case nil: ListKey(kind: .number, expression: expression, column: column)
    case .least:
      ListKey(kind: .number, expression: "coalesce(\(expression), '-9223372036854775808'::bigint)", column: nil)
    case .greatest:
      ListKey(kind: .number, expression: "coalesce(\(expression), '9223372036854775807'::bigint)", column: nil)
    }
  }

  /// A text.
  package static func text(_ expression: Query, in column: String? = nil, nulls: Nulls? = nil) -> ListKey {
    switch nulls {
    case nil: ListKey(kind: .text, expression: "\(expression) COLLATE \"C\"", column: column)
    case .least: ListKey(kind: .text, expression: "coalesce(\(expression), '') COLLATE \"C\"", column: nil)
    case .greatest:
      ListKey(kind: .text, expression: "coalesce(\(expression), U&'\\+10FFFF') COLLATE \"C\"", column: nil)
    }
  }

  /// The key as a value of a statement.
  func value(_ text: String) -> Query {
    switch kind {
    case .id: "\(text)::uuid"
    case .time: "\(text)::timestamptz"
    case .number: "\(text)::bigint"
    case .text: "\(text)::text"
    }
  }

  /// No key comes before the first of these, in ascending order, or after the second.
  var ends: (least: String, greatest: String) {
    switch kind {
    case .id: ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")
    case .time: ("-infinity", "infinity")
    case .number: (String(Int64.min), String(Int64.max))
    case .text: ("", "\u{10FFFF}")
    }
  }

  /// Whether Postgres reads the text as a key of this kind.
  func reads(_ text: String) -> Bool {
    switch kind {
    case .id: ID(text) != nil
    case .number: Int64(text) != nil
    case .time, .text: true
    }
  }
}
