internal import Platform
internal import Postgres

/// Deletes expired rows.
enum IdentityUpkeep {
  /// The time for which an ended session is kept, for investigations.
  private static let sessionsKept: Duration = .seconds(90 * 86_400)
  private static let tokensKept: Duration = .seconds(7 * 86_400)

  /// Records when API keys were used.
  static func noteUse(of keys: Set<ID>, _ database: Database, at now: Instant) async throws(PostgresError) {
    if keys.isEmpty { return }
    try await database.execute(
      "UPDATE identity.api_key SET last_used_at = \(now) WHERE id = ANY (\(Array(keys))::uuid[])")
  }

  /// Uses the retention clock, which hardly follows a step of the database clock. So a wrong clock does not delete live
  /// sessions.
  static func sweep(_ database: Database) async throws(PostgresError) {
    let rows = try await database.rows("SELECT platform.retention_time() AS now")
    guard let now = try rows.first?.instant("now") else { throw .mapping("a time without a row") }
    try await database.execute(
      """
      DELETE FROM identity.session s
       WHERE coalesce(s.ended_at, s.expires_at) < \(now - sessionsKept)
      """)
    try await database.execute("DELETE FROM identity.mailed_token t WHERE t.expires_at < \(now - tokensKept)")
    try await database.execute("DELETE FROM identity.device_grant g WHERE g.expires_at < \(now - tokensKept)")
    try await database.execute("DELETE FROM identity.external_visit v WHERE v.expires_at < \(Instant.now)")
    try await RevocationPage.sweep(database)
    try await database.execute("DELETE FROM identity.login_challenge c WHERE c.expires_at < \(now - tokensKept)")
  }
}
