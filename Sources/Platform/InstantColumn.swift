package import Postgres

extension Row {
  /// A `timestamptz` column; nil when it is NULL. One that is out of an ``Instant``'s range, such as `infinity`, is the
  /// end of the range.
  package func optionalInstant(_ column: String) throws(PostgresError) -> Instant? {
    try optionalMicroseconds(column).map { Instant(clamping: $0) }
  }

  /// A `timestamptz` column.
  package func instant(_ column: String) throws(PostgresError) -> Instant {
    guard let instant = try optionalInstant(column) else { throw .mapping("column \(column) is NULL") }
    return instant
  }
}

extension Query {
  /// A `timestamptz` as operators read it, in UTC; empty where it is NULL.
  package static func timeText(_ column: Query) -> Query {
    "coalesce(to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SSZ'), '')"
  }
}
