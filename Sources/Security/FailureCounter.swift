package import Platform
package import Postgres

/// Counts failed attempts to guess passwords, codes and mailed tokens, by account and by address, and locks them out.
/// The records are in the database, so all servers share them.
///
/// An account is identified by the typed e-mail address, whether or not it exists. So a lock does not reveal which
/// accounts exist.
package struct FailureCounter: Sendable {
  /// The consequence of a failure.
  package struct Consequence: Sendable, Equatable {
    /// The duration of the lock of the account by this failure; nil for none.
    package var account: Duration?
    /// The duration of the lock of the address by this failure; nil for none.
    package var address: Duration?
    /// The remaining duration of an earlier lock, which a concurrent failure caused. Then nothing was counted, and the
    /// caller must learn nothing about the credential.
    package var refused: Duration?
    /// Whether the owner of the account is to be notified: once in a row of failures.
    package var notifiesOwner = false
  }

  private let account: String?
  private let address: String
  private let rules: LockOutRules

  /// - Parameters:
  ///   - account: the key of the e-mail address, lower case; nil when the account is unknown.
  ///   - address: the IP address of the caller; empty when it is unknown.
  package init(account: String?, address: String, rules: LockOutRules = LockOutRules()) {
    self.account = account
    self.address = address
    self.rules = rules
  }

  /// The time until the caller may try; nil when the caller may try now. Call it before the credential is verified and,
  /// if verification takes time, again when it was right. So of many concurrent guesses, those that finish after a lock
  /// began reveal nothing.
  package func wait(_ database: some QueryRunner) async throws(PostgresError) -> Duration? {
    let rows = try await database.rows(
      """
      SELECT max(f.locked_until) AS locked_until, clock_timestamp() AS now
        FROM security.failure f
       WHERE \(isCounted) AND f.locked_until > clock_timestamp()
      """)
    guard let row = rows.first, let lockedUntil = try row.optionalInstant("locked_until") else { return nil }
    let wait = lockedUntil - (try row.instant("now"))
    return wait > .zero ? wait : nil
  }

  /// The same in the transaction that verifies the credential. Concurrent attempts wait for its end.
  package func hold(_ work: Work) async throws(PostgresError) -> Duration? {
    try await records(work).compactMap(\.wait).max()
  }

  /// Counts a failed attempt, and reports it. The transaction must be committed, whatever the response is.
  /// - Parameters:
  ///   - user: the id of the account, if it exists.
  ///   - device: the name of the caller's device.
  package func failed(
    user: ID?, device: String, in work: Work
  ) async throws(PostgresError) -> Consequence {
    var consequence = Consequence()
    let records = try await records(work)
    consequence.refused = records.compactMap(\.wait).max()
    if consequence.refused != nil { return consequence }
    work.report(SecurityEventReport(.signInFailed, user: user, address: address, device: device))
    for record in records {
      let after = try await add(to: record, work)
      guard let lock = after.wait(at: record.now) else { continue }
      if record.subject == .account {
        consequence.account = lock
        consequence.notifiesOwner = record.rule.notifiesOwner(after.count)
      } else {
        consequence.address = lock
      }
      work.report(
        SecurityEventReport(
          .lockedOut, user: user, address: address, device: device,
          detail: "the \(record.subject.rawValue) has to wait for \(lock.components.seconds) seconds"))
    }
    return consequence
  }

  /// Deletes the record of the account, whose owner has authenticated. The record of the address stays: otherwise an
  /// attacker could reset it by signing in to an account of their own.
  package func succeeded(in work: Work) async throws(PostgresError) {
    guard let account else { return }
    try await work.execute(
      "DELETE FROM security.failure WHERE subject = 'account' AND key = sha256(convert_to(\(account), 'UTF8'))")
  }

  // MARK: Failure records

  private enum Subject: String {
    case account
    case address
  }

  private struct LockedRecord {
    let subject: Subject
    let rule: LockOutRule
    let value: FailureRecord
    let now: Instant

    var wait: Duration? { value.wait(at: now) }
  }

  /// Locks the records, always in the same order. Missing records are inserted: a missing row cannot be locked, so two
  /// transactions could lock later rows in different orders and deadlock.
  private func records(_ work: Work) async throws(PostgresError) -> [LockedRecord] {
    let rows = try await work.rows(
      """
      INSERT INTO security.failure AS f (subject, key, last_at)
      SELECT k.*, to_timestamp(0) FROM (\(keys)) k ORDER BY 1
      ON CONFLICT (subject, key) DO UPDATE SET count = f.count
      RETURNING f.subject, f.count, f.last_at, f.locked_until, clock_timestamp() AS now
      """, access: .write)
    var records: [LockedRecord] = []
    for row in rows {
      guard let subject = Subject(rawValue: try row.string("subject")) else { continue }
      let value = FailureRecord(
        count: try row.int64("count"), lastAt: try row.instant("last_at"),
        lockedUntil: try row.optionalInstant("locked_until"))
      let rule = subject == .account ? rules.account : rules.address
      records.append(LockedRecord(subject: subject, rule: rule, value: value, now: try row.instant("now")))
    }
    return records
  }

  private func add(to record: LockedRecord, _ work: Work) async throws(PostgresError) -> FailureRecord {
    let after = record.rule.adding(record.value, at: record.now)
    try await work.execute(
      """
      UPDATE security.failure f
         SET count = \(after.count), last_at = \(after.lastAt), locked_until = \(after.lockedUntil)
       WHERE f.subject = \(record.subject.rawValue) AND \(isCounted)
      """)
    return after
  }

  /// The records of this attempt, as rows of subject and key.
  private var keys: Query {
    """
    SELECT 'account', \(accountKey) WHERE \(account)::text IS NOT NULL
    UNION ALL
    SELECT 'address', \(addressKey) WHERE \(address) <> ''
    """
  }

  /// A condition: `f` is a record of this attempt. It has no join: after a concurrent update, Postgres evaluates the
  /// condition again with the columns of the row alone.
  private var isCounted: Query {
    """
    (f.subject = 'account' AND f.key = \(accountKey) OR f.subject = 'address' AND f.key = \(addressKey))
    """
  }

  private var accountKey: Query { "sha256(convert_to(\(account)::text, 'UTF8'))" }

  /// The key of an IPv6 address is its first 64 bits: its owner chooses the rest.
  private var addressKey: Query {
    """
    sha256(convert_to(CASE WHEN \(address) LIKE '%:%' AND \(address) ~ '^[0-9A-Fa-f:.]+$'
                           THEN host(network(set_masklen(\(address)::text::inet, 64))) ELSE \(address) END, 'UTF8'))
    """
  }
}
