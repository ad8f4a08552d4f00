package import Postgres

/// Drops months of the audit log at the end of their retention. A server signs where the remaining log begins, so the
/// owner of the database alone cannot remove entries and call it retention.
package struct AuditRetention: Sendable {
  /// Entries are kept for so many years.
  package static let years = 7
  /// The years' length: the shortest that so many can have.
  static let kept: Duration = .seconds(Int64(years) * 365 * 86_400)

  /// The reason why a month is kept.
  package enum Refusal: Error, Equatable, CustomStringConvertible {
    /// An entry at a chain's end of the month is not what a server wrote, or is younger than it says.
    case notGenuine(month: String, chain: Int, seq: Int64)
    /// A later month has entries that were written earlier.
    case notInOrder(month: String, chain: Int, seq: Int64)

    /// A sentence for operators.
    package var description: String {
      switch self {
      case .notGenuine(let month, let chain, let seq):
        "month \(month) of the audit log stays: entry \(seq) of chain \(chain) is not as it was written, or younger"
      case .notInOrder(let month, let chain, let seq):
        "month \(month) of the audit log stays: chain \(chain) has later entries with numbers below \(seq)"
      }
    }
  }

  private struct Month {
    let name: String
    let low: Instant
    let high: Instant
  }

  private let keys: AuditKeys
  private let now: Instant

  /// Retention at a moment, which the database's clock of retention must have passed as well.
  package init(_ keys: AuditKeys, now: Instant) {
    self.keys = keys
    self.now = now
  }

  /// Does it. Returns how many months are gone.
  package nonisolated(nonsending) func run(_ database: Database) async throws -> Int {
    var dropped = 0
    for month in try await months(database) {
      let isDropped = try await database.transaction { transaction in
        try await transaction.execute(
          """
          SELECT pg_advisory_xact_lock(hashtext('platform.make_partitions'), 'audit.entry'::regclass::oid::int)
          """)
        // Another server may have been faster.
        guard try await months(transaction).first?.name == month.name else { return false }
        let floors = try await floors(behind: month, transaction)
        // The table is locked before any chain, in the same order as writers lock them.
        try await transaction.execute("SET LOCAL lock_timeout = '2s'")
        try await transaction.execute("LOCK TABLE audit.entry IN ACCESS EXCLUSIVE MODE")
        if !floors.isEmpty { try await transaction.execute(SignedPosition.write(floors, keys)) }
        try await transaction.execute("SELECT audit.drop_month(\(month.name))")
        return true
      }
      if isDropped { dropped += 1 }
    }
    return dropped
  }

  private nonisolated(nonsending) func months(_ database: some QueryRunner) async throws(PostgresError) -> [Month] {
    let rows = try await database.rows(
      """
      SELECT month, low, high
        FROM audit.old_months(
               least(platform.retention_time(), \(now)::timestamptz) - make_interval(years => \(Self.years)))
      """)
    var months: [Month] = []
    for row in rows {
      months.append(
        Month(name: try row.string("month"), low: try row.instant("low"), high: try row.instant("high")))
    }
    return months
  }

  /// The beginnings of the chains once the month is deleted.
  private nonisolated(nonsending) func floors(behind month: Month, _ transaction: Transaction) async throws
    -> [SignedPosition]
  {
    let positions = try await SignedPositions.read(transaction, keys)
    let rows = try await transaction.rows(
      """
      SELECT \(ChainedEntry.selected),
             EXISTS (SELECT FROM audit.entry l WHERE l.chain = e.chain AND l.at >= \(month.high) AND l.seq < e.seq)
               AS is_passed
        FROM generate_series(0, 63) AS c (number)
       CROSS JOIN LATERAL (
         SELECT *
           FROM audit.entry
          WHERE chain = c.number AND at >= \(month.low) AND at < \(month.high)
          ORDER BY seq DESC
          LIMIT 1) e
       ORDER BY e.chain
      """)
    var floors: [SignedPosition] = []
    for row in rows {
      let (entry, chain) = (try ChainedEntry(row), Int(try row.int64("chain")))
      guard isGenuine(entry, chain, positions), let at = entry.at else {
        throw Refusal.notGenuine(month: month.name, chain: chain, seq: entry.seq)
      }
      if try row.bool("is_passed") { throw Refusal.notInOrder(month: month.name, chain: chain, seq: entry.seq) }
      if let floor = positions.floors[chain], floor.position.length >= entry.seq { continue }
      // The database says when it was written, and a server when it was begun.
      let madeAt = entry.mac.flatMap { _ in ID(entry.id)?.madeAt } ?? at
      let position = ChainPosition(length: entry.seq, hash: entry.hash)
      floors.append(SignedPosition(kind: .floor, chain: chain, position: position, at: max(at, madeAt)))
    }
    return floors
  }

  /// The time in the id is a server's, so an entry cannot be made older by the database.
  private func isGenuine(_ entry: ChainedEntry, _ chain: Int, _ positions: SignedPositions) -> Bool {
    guard entry.rightHash == entry.hash else { return false }
    guard let mac = entry.mac else { return (positions.boundary[chain]?.position.length ?? 0) >= entry.seq }
    guard EntryMAC.verdict(of: mac, of: entry, keys) == .valid, let madeAt = ID(entry.id)?.madeAt else { return false }
    return madeAt <= now - Self.kept
  }
}
