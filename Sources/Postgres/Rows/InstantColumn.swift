extension Row {
  /// A `timestamptz` column as microseconds since 1970; nil when it is NULL. What lies beyond the years 1 to 9999, such
  /// as `infinity`, is the first or the last moment of these.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column or it is no `timestamptz`.
  public func optionalMicroseconds(_ column: String) throws(PostgresError) -> Int64? {
    guard let text = try optionalString(column) else { return nil }
    guard let (seconds, nanos) = ValueParsing.instant(text) else {
      throw .mapping("column \(column) is not a point in time")
    }
    return seconds * 1_000_000 + Int64(nanos) / 1_000
  }
}
