package import Platform
package import Postgres

/// Slows down who guesses passwords: by the account that is tried, and by the address that tries. Over all servers, for
/// it stands in the database.
///
/// Accounts are known by what was typed as e-mail address, whether or not there is one: so a lock tells nobody which
/// accounts there are.
package struct LogInGuard: Sendable {
  /// Who was locked out by a failure just now, and for how long.
  package struct Consequence: Sendable, Equatable {
    /// The account, if it is locked now.
    package let account: Duration?
    /// The address, if it is locked now.
    package let address: Duration?
  }

  private let account: String
  private let address: String

  /// - Parameters:
  ///   - account: the e-mail address as accounts have it, lower case.
  ///   - address: the caller's IP address; empty when nobody knows.
  package init(account: String, address: String) {
    self.account = account
    self.address = address
  }

  /// How long the caller has to wait; nil when it may try. To be asked before the password is looked at.
  package func wait(_ database: some QueryRunner) async throws(PostgresError) -> Duration? {
    let rows = try await database.rows(
      """
      SELECT (extract(epoch FROM max(f.locked_until) - clock_timestamp()) * 1000000)::bigint AS wait
        FROM security.failure f
       WHERE (f.subject, f.key) IN (\(keys)) AND f.locked_until > clock_timestamp()
      """)
    guard let wait = try rows.first?.optionalInt64("wait"), wait > 0 else { return nil }
    return .microseconds(wait)
  }

  /// Counts a failed attempt, and reports it. To be committed, whatever the caller is answered.
  /// - Parameters:
  ///   - user: the account's id, if there is such an account.
  ///   - device: what the caller calls its device.
  package func failed(
    user: ID?, device: String, in transaction: Transaction
  ) async throws(PostgresError) -> Consequence {
    try await transaction.report(SecurityIncident(.loginFailed, user: user, address: address, device: device))
    try await transaction.execute(
      """
      INSERT INTO security.failure (subject, key, last_at)
      SELECT k.*, to_timestamp(0) FROM (\(keys)) k ORDER BY 1
      ON CONFLICT DO NOTHING
      """)
    var locks: [String: Duration] = [:]
    for (subject, rule) in [("account", LockOutRule.account), ("address", .address)] {
      if let lock = try await count(subject, rule, transaction) { locks[subject] = lock }
    }
    for (subject, lock) in locks.sorted(by: { $0.key < $1.key }) {
      try await transaction.report(
        SecurityIncident(
          .lockedOut, user: user, address: address, device: device,
          detail: "the \(subject) has to wait for \(lock.components.seconds) seconds"))
    }
    return Consequence(account: locks["account"], address: locks["address"])
  }

  /// Wipes the account's slate: somebody has shown to be its owner. The address keeps its own, or a guesser would log
  /// in to an account of their own from time to time.
  package func succeeded(in transaction: Transaction) async throws(PostgresError) {
    try await transaction.execute(
      "DELETE FROM security.failure WHERE subject = 'account' AND key = sha256(convert_to(\(account), 'UTF8'))")
  }

  /// Forgets slates that count no more.
  package static func forget(_ database: Database) async throws(PostgresError) {
    try await database.execute("DELETE FROM security.failure WHERE last_at < now() - interval '2 days'")
  }

  /// - Returns: for how long it is locked now, by this failure.
  private func count(
    _ subject: String, _ rule: LockOutRule, _ transaction: Transaction
  ) async throws(PostgresError) -> Duration? {
    let rows = try await transaction.rows(
      """
      SELECT f.key, f.count, (extract(epoch FROM f.last_at) * 1000000)::bigint AS last_at,
             (extract(epoch FROM f.locked_until) * 1000000)::bigint AS locked_until,
             (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
        FROM security.failure f
       WHERE (f.subject, f.key) IN (\(keys)) AND f.subject = \(subject)
         FOR UPDATE
      """)
    guard let row = rows.first else { return nil }
    let now = try row.int64("now")
    let before = FailureSlate(
      count: try row.int64("count"), lastAt: try row.int64("last_at"),
      lockedUntil: try row.optionalInt64("locked_until"))
    let after = rule.adding(before, at: now)
    if after == before { return nil }
    try await transaction.execute(
      """
      UPDATE security.failure
         SET count = \(after.count), last_at = to_timestamp(\(after.lastAt)::bigint / 1000000.0),
             locked_until = to_timestamp(\(after.lockedUntil)::bigint / 1000000.0)
       WHERE subject = \(subject) AND (subject, key) IN (\(keys))
      """)
    return after.wait(at: now)
  }

  /// What is counted, as rows of subject and key. Of an IPv6 address its first 64 bits count: the rest is its owner's
  /// to choose.
  private var keys: Query {
    """
    SELECT 'account', sha256(convert_to(\(account), 'UTF8'))
    UNION ALL
    SELECT 'address', sha256(convert_to(
             CASE WHEN \(address) LIKE '%:%' AND \(address) ~ '^[0-9A-Fa-f:.]+$'
                  THEN host(network(set_masklen(\(address)::text::inet, 64))) ELSE \(address) END, 'UTF8'))
     WHERE \(address) <> ''
    """
  }
}
