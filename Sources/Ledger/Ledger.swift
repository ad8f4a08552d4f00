package import Platform
package import Postgres

/// Moves money between accounts, in the unit of work that causes it. Entries are never changed; the balance of an
/// account is always their sum.
package enum Ledger {
  private static let floor = "ledger.balance_keeps_its_floor"

  /// Writes the entries of a posting. Without any, nothing is written.
  /// - Throws: ``LedgerError/belowFloor``.
  package static func post(_ posting: Posting, in work: Work) async throws {
    let entries = posting.entries
    guard !entries.isEmpty else { return }
    let rows = try await keepingFloors { try await work.execute(insertion(of: posting, entries, at: work.now)) }
    guard rows == entries.count else { throw PostgresError.mapping("the entries of a posting") }
  }

  /// Runs statements that write entries.
  static func keepingFloors<R>(_ body: () async throws -> R) async throws -> R {
    try await expecting([floor: LedgerError.belowFloor], body)
  }

  private static func insertion(
    of posting: Posting, _ entries: [(account: LedgerAccount, amount: Int64)], at now: Instant
  ) -> Query {
    """
    INSERT INTO ledger.entry (account_id, at, posting_id, amount_minor, reason, subject_id)
    SELECT ledger.account_id(e.kind, nullif(e.owner, '')::uuid, e.currency, nullif(e.floor, '')::bigint, e.new_id),
           \(now), \(posting.id), e.amount, \(posting.reason), \(posting.subject)
      FROM unnest(\(entries.map(\.account.kind.name))::text[],
                  \(entries.map { $0.account.owner?.description ?? "" })::text[],
                  \(entries.map(\.account.currency.code))::text[],
                  \(entries.map { $0.account.kind.floor.map(String.init) ?? "" })::text[],
                  \(entries.map { _ in ID.made(at: now) })::uuid[], \(entries.map(\.amount))::bigint[])
           WITH ORDINALITY e (kind, owner, currency, floor, new_id, amount, place)
     ORDER BY e.place
    """
  }

  /// The balance of an account: 0 if it is not open.
  package static func balance(of account: LedgerAccount, in database: some QueryRunner) async throws -> Money {
    let rows = try await database.rows(
      """
      SELECT coalesce(sum(b.balance_minor), 0)::bigint AS balance_minor
        FROM ledger.account a
        JOIN ledger.balance b ON b.account_id = a.id
       WHERE a.kind = \(account.kind.name) AND a.owner_id IS NOT DISTINCT FROM \(account.owner)
         AND a.currency = \(account.currency.code)
      """)
    return Money(minorUnits: try rows.first?.int64("balance_minor") ?? 0, in: account.currency)
  }
}
