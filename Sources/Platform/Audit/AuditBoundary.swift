package import Postgres

/// The boundary of the audit log. Entries up to it may lack a MAC, because an earlier release wrote them.
///
/// A server sets the boundary once. In a log that has entries, it waits until the servers of the earlier release have
/// ended.
package enum AuditBoundary {
  /// The time that a server of this release runs before it sets the boundary of a log with entries.
  package static let settling: Duration = .seconds(15 * 60)
  /// An entry with a MAC that is older than this shows that the boundary was set, and was removed.
  static let unsetMax: Duration = .seconds(24 * 3600)

  /// The action in the audit log when an operator moves it.
  package static let movedAction = "audit.boundary.move"

  /// The outcome of setting the boundary.
  package enum Outcome: Equatable, Sendable {
    /// It was there.
    case isThere
    /// It is there now.
    case isSet
    /// The log has entries, and servers of the earlier release may still run.
    case isTooEarly
    /// It was set once, and was removed.
    case isMissing
  }

  /// Sets it, if none is there.
  /// - Parameter isSettled: whether servers of the earlier release have ended.
  package nonisolated(nonsending) static func set(
    _ database: Database, _ keys: AuditKeys, at now: Instant, isSettled: Bool
  ) async throws(PostgresError) -> Outcome {
    guard try await database.rows("SELECT FROM audit.signed_place WHERE kind = 'boundary' LIMIT 1").isEmpty else {
      return .isThere
    }
    let ends = try await ends(database, at: now)
    guard isSettled || ends.allSatisfy({ $0.position.length == 0 }) else { return .isTooEarly }
    guard try await database.rows(signed(before: now - unsetMax)).isEmpty else { return .isMissing }
    let floors = try await floors(database)
    if !floors.isEmpty { try await database.execute(SignedPosition.write(floors, keys, isOnce: true)) }
    try await database.execute(SignedPosition.write(ends, keys, isOnce: true))
    return .isSet
  }

  /// Chains whose last entry before a time has a MAC. Behind an entry with a MAC all have one, so no others need be
  /// read: what an earlier release wrote may be more than a statement can read in its time.
  package static func signed(before time: Instant) -> Query {
    """
    SELECT c.number
      FROM generate_series(0, 63) AS c (number)
     CROSS JOIN LATERAL (
       SELECT e.mac
         FROM audit.entry e
        WHERE e.chain = c.number AND e.at < \(time)
        ORDER BY e.seq DESC
        LIMIT 1) last
     WHERE last.mac IS NOT NULL
     LIMIT 1
    """
  }

  /// Sets it to the current ends of the chains, for operators who know why entries lack a MAC.
  package nonisolated(nonsending) static func move(
    _ transaction: Transaction, _ keys: AuditKeys, at now: Instant
  ) async throws(PostgresError) {
    try await transaction.execute(SignedPosition.write(try await ends(transaction, at: now), keys))
  }

  /// The beginnings of the chains after the retention of an earlier release.
  private nonisolated(nonsending) static func floors(
    _ database: some QueryRunner
  ) async throws(PostgresError) -> [SignedPosition] {
    let rows = try await database.rows(
      """
      SELECT number, floor_length, floor_hash
        FROM audit.chain
       WHERE floor_length > 0 AND number BETWEEN 0 AND 63
       ORDER BY number
      """)
    var positions: [SignedPosition] = []
    for row in rows {
      let position = ChainPosition(length: try row.int64("floor_length"), hash: try row.bytes("floor_hash"))
      positions.append(
        SignedPosition(kind: .floor, chain: Int(try row.int64("number")), position: position, at: .earliest))
    }
    return positions
  }

  private nonisolated(nonsending) static func ends(
    _ database: some QueryRunner, at now: Instant
  ) async throws(PostgresError) -> [SignedPosition] {
    let rows = try await database.rows(
      "SELECT number, length, hash FROM audit.chain WHERE number BETWEEN 0 AND 63 ORDER BY number")
    var positions: [SignedPosition] = []
    for row in rows {
      let position = ChainPosition(length: try row.int64("length"), hash: try row.bytes("hash"))
      positions.append(
        SignedPosition(kind: .boundary, chain: Int(try row.int64("number")), position: position, at: now))
    }
    return positions
  }
}
