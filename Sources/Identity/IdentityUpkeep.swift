package import Platform
internal import Postgres

/// Deletes expired rows.
///
/// It uses the retention clock, which hardly follows a step of the database clock. So a wrong clock does not delete
/// live sessions.
package enum IdentityUpkeep {
  /// Records when API keys were used.
  static func noteUse(of keys: Set<ID>, _ database: Database, at now: Instant) async throws(PostgresError) {
    if keys.isEmpty { return }
    try await database.execute(
      "UPDATE identity.api_key SET last_used_at = \(now) WHERE id = ANY (\(Array(keys))::uuid[])")
  }

  /// Ended sessions are kept for 90 days, for investigations, and expired tokens for a week.
  package static let chores: [Chore] = [
    Chore("identity.sessions", "3 * * * *") { database in
      try await database.execute(
        .deletingBatch(
          of: "identity.session",
          where: "coalesce(ended_at, expires_at) < platform.retention_time() - interval '90 days'"))
    },
    Chore("identity.mailed-tokens", "8 * * * *") { database in
      try await database.execute(.deletingBatch(of: "identity.mailed_token", where: expired))
    },
    Chore("identity.device-grants", "13 * * * *") { database in
      try await database.execute(.deletingBatch(of: "identity.device_grant", where: expired))
    },
    Chore("identity.login-challenges", "18 * * * *") { database in
      try await database.execute(.deletingBatch(of: "identity.login_challenge", where: expired))
    },
    Chore("identity.external-visits", "23 * * * *") { database in
      try await database.execute(.deletingBatch(of: "identity.external_visit", where: "expires_at < now()"))
    },
    Chore("identity.revocations", "28 * * * *") { database in
      try await database.execute(RevocationPage.deletingBatch)
    },
  ]

  static var expired: Query { "expires_at < platform.retention_time() - interval '7 days'" }
}
