package import Postgres

extension ExpectedState {
  /// Locks the row of a resource and verifies that the resource is in this state.
  /// - Parameters:
  ///   - query: a SELECT of at most one row, which ends with FOR UPDATE and has the column `version`.
  ///   - type: the full name of the resource's message.
  ///   - id: which resource: its id or, where it has none, its name.
  /// - Returns: the row; nil when there is no such resource.
  /// - Throws: ``StaleETag`` when the resource has changed since the caller read it.
  package nonisolated(nonsending) func lock(
    _ query: Query, of type: String, _ id: some CustomStringConvertible, _ runner: some QueryRunner
  ) async throws -> Row? {
    guard let row = try await runner.rows(query).first else { return nil }
    try verify(try row.int64("version"), of: type, id)
    return row
  }
}
