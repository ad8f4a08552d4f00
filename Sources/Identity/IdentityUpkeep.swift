internal import Platform
internal import Postgres

/// Forgets what has ended and is of no use any more.
enum IdentityUpkeep {
  /// Sessions are kept for so long after their end, for whoever looks into what happened.
  private static let sessionsKept: Duration = .seconds(90 * 86_400)
  private static let tokensKept: Duration = .seconds(7 * 86_400)

  /// API keys were used.
  static func noteUse(of keys: Set<ID>, _ database: Database, at now: Instant) async throws(PostgresError) {
    if keys.isEmpty { return }
    try await database.execute(
      "UPDATE identity.api_key SET last_used_at = \(now) WHERE id = ANY (\(Array(keys))::uuid[])")
  }

  /// By the clock of retention, which a step of the database's clock hardly moves: sessions that live are not deleted
  /// with those that have ended.
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
