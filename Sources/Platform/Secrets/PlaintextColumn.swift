package import Postgres

/// A column whose values an earlier release wrote in clear, as `fastshop keys rotate` needs to know it to seal them.
package struct PlaintextColumn: Sendable {
  /// The column that they are sealed into.
  package let sealed: SealedColumn
  /// Up to so many values after a row, in the rows' order: columns `row` (text, as in the values' places) and `clear`.
  package let page: @Sendable (_ after: String, _ limit: Int) -> Query
  /// Replaces values where they are still the same: for arrays of rows, of clear and of sealed values.
  package let replace: @Sendable (_ rows: [String], _ clear: [String], _ sealed: [[UInt8]]) -> Query

  /// A column of a table.
  package init(
    sealed: SealedColumn, page: @escaping @Sendable (_ after: String, _ limit: Int) -> Query,
    replace: @escaping @Sendable (_ rows: [String], _ clear: [String], _ sealed: [[UInt8]]) -> Query
  ) {
    self.sealed = sealed
    self.page = page
    self.replace = replace
  }
}
