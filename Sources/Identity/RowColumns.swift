internal import Platform
internal import Postgres

extension Row {
  /// A column that is a UUID.
  func id(_ column: String) throws(PostgresError) -> ID {
    guard let id = ID(try string(column)) else { throw .mapping("column \(column) is not a UUID") }
    return id
  }

  /// A column that is a UUID or NULL.
  func optionalID(_ column: String) throws(PostgresError) -> ID? {
    try optionalString(column).flatMap { ID($0) }
  }

  /// A column that `Micros` made of a timestamp.
  func instant(_ column: String) throws(PostgresError) -> Instant { Instant(microseconds: try int64(column)) }
}
