package import Postgres

/// Reads the whole audit log and follows its chains. The hashes are computed here, not by the database that is doubted.
package struct AuditVerification: Sendable {
  /// Entries that are read at a time.
  private static let pageMax = 1_000
  /// More flaws than this are counted but not listed.
  package static let flawsListedMax = 100

  /// What was found.
  package struct Outcome: Sendable {
    /// How many entries were read.
    package var entries = 0
    /// The first ``AuditVerification/flawsListedMax`` of the flaws.
    package var flaws: [AuditFlaw] = []
    /// How many flaws there are.
    package var flawCount = 0
    /// How far each chain goes: to be noted where the database's owners cannot write.
    package var heads: [Int: ChainPlace] = [:]

    mutating func add(_ found: [AuditFlaw]) {
      flawCount += found.count
      flaws += found.prefix(max(0, AuditVerification.flawsListedMax - flaws.count))
    }
  }

  private struct Chain {
    let number: Int
    let floor: ChainPlace
    let head: ChainPlace
  }

  private let known: [Int: ChainPlace]

  /// - Parameter known: places of chains that were noted after an earlier verification.
  package init(known: [Int: ChainPlace] = [:]) { self.known = known }

  /// Does it, while others may go on writing.
  package nonisolated(nonsending) func run(_ database: Database) async throws -> Outcome {
    var outcome = Outcome()
    for chain in try await chains(database) {
      let noted = known[chain.number].map { $0.length > chain.floor.length ? [$0] : [] } ?? []
      var check = ChainCheck(chain: chain.number, floor: chain.floor, head: chain.head, known: noted)
      var after: (seq: Int64, id: String) = (.min, ID.none.description)
      while true {
        let page = try await entries(of: chain.number, after: after, database)
        for entry in page { outcome.add(check.take(entry)) }
        outcome.entries += page.count
        guard page.count == Self.pageMax, let last = page.last else { break }
        after = (last.seq, last.id)
      }
      outcome.add(check.end())
      outcome.heads[chain.number] = check.reached
    }
    return outcome
  }

  private nonisolated(nonsending) func chains(_ database: Database) async throws(PostgresError) -> [Chain] {
    let rows = try await database.rows(
      """
      SELECT number, floor_length, floor_hash, length, hash
        FROM audit.chain
       ORDER BY number
      """)
    var chains: [Chain] = []
    for row in rows {
      chains.append(
        Chain(
          number: Int(try row.int64("number")),
          floor: ChainPlace(length: try row.int64("floor_length"), hash: try row.bytes("floor_hash")),
          head: ChainPlace(length: try row.int64("length"), hash: try row.bytes("hash"))))
    }
    return chains
  }

  private nonisolated(nonsending) func entries(
    of chain: Int, after: (seq: Int64, id: String), _ database: Database
  ) async throws(PostgresError) -> [ChainedEntry] {
    let rows = try await database.rows(
      """
      SELECT e.id, e.chain, e.seq, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
             e.actor_kind, e.actor_id, e.session_id, e.method, e.action, e.resource_type, e.resource_id, e.request_id,
             e.peer, e.before::text AS before, e.after::text AS after, e.previous_hash, e.hash
        FROM audit.entry e
       WHERE e.chain = \(chain) AND (e.seq, e.id) > (\(after.seq), \(after.id)::uuid)
       ORDER BY e.seq, e.id
       LIMIT \(Self.pageMax)
      """)
    var entries: [ChainedEntry] = []
    for row in rows {
      var columns: [String?] = []
      for name in Self.hashed { columns.append(try row.optionalString(name)) }
      entries.append(
        ChainedEntry(
          columns: columns, id: try row.string("id"), seq: try row.int64("seq"),
          previousHash: try row.bytes("previous_hash"), hash: try row.bytes("hash")))
    }
    return entries
  }

  private static let hashed = [
    "id", "chain", "seq", "at", "actor_kind", "actor_id", "session_id", "method", "action", "resource_type",
    "resource_id", "request_id", "peer", "before", "after",
  ]
}
