package import Postgres

extension Row {
  /// A column of microseconds since 1970; one that is out of an ``Instant``'s range is the end of the range.
  package func instant(_ column: String) throws(PostgresError) -> Instant { Instant(clamping: try int64(column)) }

  /// The same, or NULL.
  package func optionalInstant(_ column: String) throws(PostgresError) -> Instant? {
    try optionalInt64(column).map { Instant(clamping: $0) }
  }
}
