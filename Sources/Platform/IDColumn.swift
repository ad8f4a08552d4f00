package import Postgres

extension Row {
  /// A column that is a UUID.
  package func id(_ column: String) throws(PostgresError) -> ID {
    guard let id = ID(try string(column)) else { throw .mapping("column \(column) is not a UUID") }
    return id
  }

  /// A column that is a UUID or NULL.
  package func optionalID(_ column: String) throws(PostgresError) -> ID? {
    try isNull(column) ? nil : id(column)
  }
}
