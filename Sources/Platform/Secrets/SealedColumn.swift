package import Postgres
package import Sealing

/// A column with sealed values, for `fastshop keys rotate`. Every module lists its own.
package struct SealedColumn: Sendable {
  /// The table, with its schema.
  package let table: String
  /// The column.
  package let column: String
  /// Up to so many values after a row, in the rows' order: columns `row` (text, as in the values' places) and `sealed`.
  package let page: @Sendable (_ after: String, _ limit: Int) -> Query
  /// Replaces values where they are still the same: for arrays of rows, of old and of new values.
  package let replace: @Sendable (_ rows: [String], _ old: [[UInt8]], _ new: [[UInt8]]) -> Query

  /// A column of a table.
  package init(
    table: String, column: String, page: @escaping @Sendable (_ after: String, _ limit: Int) -> Query,
    replace: @escaping @Sendable (_ rows: [String], _ old: [[UInt8]], _ new: [[UInt8]]) -> Query
  ) {
    self.table = table
    self.column = column
    self.page = page
    self.replace = replace
  }

  /// The place of a row's value.
  package func place(_ row: String) -> SealedPlace { SealedPlace(table: table, column: column, row: row) }
}
