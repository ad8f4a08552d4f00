package import Postgres

/// The column of a query with the version of each row's message, for a ``MessageCache``. It fills no field.
package enum MessageVersion {
  /// The name of the column.
  static let column = "page_key.version"

  /// An expression as this column.
  package static func named(_ version: Query) -> Query { "\(version) AS \"page_key.version\"" }
}
