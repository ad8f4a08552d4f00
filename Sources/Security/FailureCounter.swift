package import Platform
package import Postgres

/// Slows down who guesses passwords, codes and mailed tokens: by the account that is tried, and by the address that
/// tries. Over all servers, for it stands in the database.
///
/// Accounts are known by what was typed as e-mail address, whether or not there is one: so a lock tells nobody which
/// accounts there are.
package struct FailureCounter: Sendable {
  /// What follows from a failure.
  package struct Consequence: Sendable, Equatable {
    /// For how long the account is locked now by this failure; nil when it is not.
    package var account: Duration?
    /// For how long the address is locked now by this failure.
    package var address: Duration?
    /// How long there was to wait already: others have failed meanwhile. Then nothing was counted, and the caller is to
    /// learn nothing of what it showed.
    package var refused: Duration?
    /// Whether the account's owner should hear of it: once for each row of failures.
    package var notifiesOwner = false
  }

  private let account: String?
  private let address: String
  private let rules: LockOutRules

  /// - Parameters:
  ///   - account: the e-mail address as accounts have it, lower case; nil when nobody says which account it is about.
  ///   - address: the caller's IP address; empty when nobody knows.
  package init(account: String?, address: String, rules: LockOutRules = LockOutRules()) {
    self.account = account
    self.address = address
    self.rules = rules
  }

  /// How long the caller has to wait; nil when it may try. To be asked before what it shows is looked at and, if that
  /// takes time and it was right, once more afterwards: of many guesses at once, those learn nothing that are looked at
  /// when the others have failed too often.
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

  /// The same inside the transaction that looks at what the caller shows; others who try wait for its end.
  package func hold(_ transaction: Transaction) async throws(PostgresError) -> Duration? {
    try await records(transaction).compactMap(\.wait).max()
  }

  /// Counts a failed attempt, and reports it. To be committed, whatever the caller is answered.
  /// - Parameters:
  ///   - user: the account's id, if there is such an account.
  ///   - device: what the caller calls its device.
  package func failed(
    user: ID?, device: String, in transaction: Transaction
  ) async throws(PostgresError) -> Consequence {
    var consequence = Consequence()
    let records = try await records(transaction)
    consequence.refused = records.compactMap(\.wait).max()
    if consequence.refused != nil { return consequence }
    try await transaction.report(SecurityEventReport(.signInFailed, user: user, address: address, device: device))
    for record in records {
      let after = try await add(to: record, transaction)
      guard let lock = after.wait(at: record.now) else { continue }
      if record.subject == .account {
        consequence.account = lock
        consequence.notifiesOwner = record.rule.notifiesOwner(after.count)
      } else {
        consequence.address = lock
      }
      try await transaction.report(
        SecurityEventReport(
          .lockedOut, user: user, address: address, device: device,
          detail: "the \(record.subject.rawValue) has to wait for \(lock.components.seconds) seconds"))
    }
    return consequence
  }

  /// Wipes the account's record: somebody has shown to be its owner. The address keeps its own, or a guesser would log
  /// in to an account of their own from time to time.
  package func succeeded(in transaction: Transaction) async throws(PostgresError) {
    guard let account else { return }
    try await transaction.execute(
      "DELETE FROM security.failure WHERE subject = 'account' AND key = sha256(convert_to(\(account), 'UTF8'))")
  }

  // MARK: Slates

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

  /// The records, locked, always in the same order. They are made where there are none: one that is not there cannot be
  /// locked, so two would lock other rows before it, each in its own order, and wait for each other.
  private func records(_ transaction: Transaction) async throws(PostgresError) -> [LockedRecord] {
    let rows = try await transaction.rows(
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

  private func add(to record: LockedRecord, _ transaction: Transaction) async throws(PostgresError) -> FailureRecord {
    let after = record.rule.adding(record.value, at: record.now)
    try await transaction.execute(
      """
      UPDATE security.failure f
         SET count = \(after.count), last_at = \(after.lastAt), locked_until = \(after.lockedUntil)
       WHERE f.subject = \(record.subject.rawValue) AND \(isCounted)
      """)
    return after
  }

  /// What is counted, as rows of subject and key.
  private var keys: Query {
    """
    SELECT 'account', \(accountKey) WHERE \(account)::text IS NOT NULL
    UNION ALL
    SELECT 'address', \(addressKey) WHERE \(address) <> ''
    """
  }

  /// A condition: `f` is one of them. No join: a row that somebody else has changed meanwhile is looked at again by its
  /// own columns alone.
  private var isCounted: Query {
    """
    (f.subject = 'account' AND f.key = \(accountKey) OR f.subject = 'address' AND f.key = \(addressKey))
    """
  }

  private var accountKey: Query { "sha256(convert_to(\(account)::text, 'UTF8'))" }

  /// Of an IPv6 address its first 64 bits count: the rest is its owner's to choose.
  private var addressKey: Query {
    """
    sha256(convert_to(CASE WHEN \(address) LIKE '%:%' AND \(address) ~ '^[0-9A-Fa-f:.]+$'
                           THEN host(network(set_masklen(\(address)::text::inet, 64))) ELSE \(address) END, 'UTF8'))
    """
  }
}
