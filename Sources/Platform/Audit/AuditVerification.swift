package import Postgres

/// Reads the whole audit log and verifies its chains. The hashes are computed here, because the database is not
/// trusted.
package struct AuditVerification: Sendable {
  /// The time in which a chain is read.
  private static let chainMax: Duration = .seconds(6 * 3_600)
  /// More flaws than this are counted but not listed; the same for remarks.
  package static let flawsListedMax = 100
  /// A chain that has flaws is read so often while its beginning moves: retention drops months one by one.
  private static let attemptsMax = 100
  /// The maximum difference between the clocks of the verifying machine and of the servers.
  private static let clocksApartMax: Duration = .seconds(86_400)

  /// The result of the verification.
  package struct Outcome: Sendable {
    /// The number of entries that were read.
    package var entries = 0
    /// The number of entries without a MAC.
    package var bare = 0
    /// The first ``AuditVerification/flawsListedMax`` of the flaws.
    package var flaws: [AuditFlaw] = []
    /// The number of flaws.
    package var flawCount = 0
    /// Findings that deserve attention and prove nothing.
    package var remarks: [AuditRemark] = []
    /// The ends of the chains, to be stored where the owners of the database cannot write.
    package var heads = AuditHeads(time: .earliest, ends: [], floors: [], hasBoundary: false)
    /// The number of records of heads that the log was compared with.
    package var compared = 0
    /// Whether entries were written long after the last heads that went out.
    package var isSendingLate = false

    fileprivate var oldestMAC: Instant?
    fileprivate var youngest: Instant?
    fileprivate var boundaryMovedAt: Instant?

    fileprivate mutating func add(_ found: [AuditFlaw]) {
      flawCount += found.count
      flaws += found.prefix(max(0, AuditVerification.flawsListedMax - flaws.count))
    }

    fileprivate mutating func add(_ found: [AuditRemark]) {
      remarks += found.prefix(max(0, AuditVerification.flawsListedMax - remarks.count))
    }

    fileprivate mutating func add(_ part: Outcome) {
      entries += part.entries
      bare += part.bare
      flawCount += part.flawCount
      flaws += part.flaws.prefix(max(0, AuditVerification.flawsListedMax - flaws.count))
      add(part.remarks)
      if let at = part.oldestMAC { oldestMAC = min(oldestMAC ?? at, at) }
      if let at = part.youngest { youngest = max(youngest ?? at, at) }
      if let at = part.boundaryMovedAt { boundaryMovedAt = max(boundaryMovedAt ?? at, at) }
    }

    fileprivate mutating func add(_ chain: ChainCheck) {
      bare += chain.bare
      add(chain.remarks)
      if let at = chain.oldestMAC { oldestMAC = min(oldestMAC ?? at, at) }
      if let at = chain.youngest { youngest = max(youngest ?? at, at) }
      if let at = chain.boundaryMovedAt { boundaryMovedAt = max(boundaryMovedAt ?? at, at) }
    }
  }

  private struct Chain: Equatable {
    let floor: ChainPosition
    let head: ChainPosition
  }

  private let keys: AuditKeys
  private let noted: RecordedHeads
  private let now: Instant

  /// - Parameters:
  ///   - noted: heads that were noted earlier, or went out.
  ///   - now: the present.
  package init(_ keys: AuditKeys, noted: RecordedHeads = RecordedHeads(), now: Instant) {
    self.keys = keys
    self.noted = noted
    self.now = now
  }

  /// Does it, while others may go on writing.
  package nonisolated(nonsending) func run(_ database: Database) async throws -> Outcome {
    var outcome = Outcome()
    outcome.compared = noted.count
    outcome.add(noted.flaws + noted.gaps)
    outcome.add(try await foreign(database))
    let positions = try await SignedPositions.read(database, keys)
    outcome.add(positions.flaws)
    var (ends, floors): ([ChainPosition], [Int64]) = ([], [])
    for number in AuditChains.numbers {
      let (end, floor) = try await verify(number, positions, &outcome, database)
      ends.append(end)
      floors.append(floor)
    }
    outcome.heads = AuditHeads(time: now, ends: ends, floors: floors, hasBoundary: !positions.boundary.isEmpty)
    conclude(&outcome, positions)
    outcome.add(boundaryFlaws(outcome.boundaryMovedAt, positions, floors))
    return outcome
  }

  /// The checks that need the whole log.
  private func conclude(_ outcome: inout Outcome, _ positions: SignedPositions) {
    if positions.boundary.isEmpty {
      let wasSet = outcome.oldestMAC.map { $0 < now - AuditBoundary.unsetMax } ?? false
      if wasSet || noted.hasBoundary {
        outcome.add([.boundaryMissing])
      } else if outcome.bare > 0 {
        outcome.add([AuditRemark.noBoundary(entries: outcome.bare)])
      }
    }
    if let sent = noted.lastSent, let youngest = outcome.youngest,
      youngest > sent.time + sent.interval + sent.interval, now > youngest + sent.interval + sent.interval
    {
      outcome.isSendingLate = true
      outcome.add([AuditRemark.notSent(since: sent.time)])
    }
  }

  /// The boundary is where chains ended when it was set, so ends that were recorded later are not before it. An
  /// attacker who removes all MACs and the boundary can make a server set a new one. A boundary that an operator sets
  /// is audited.
  private func boundaryFlaws(_ movedAt: Instant?, _ positions: SignedPositions, _ floors: [Int64]) -> [AuditFlaw] {
    positions.boundary.values.sorted { $0.chain < $1.chain }.compactMap { boundary in
      let (chain, length) = (boundary.chain, boundary.position.length)
      guard length > floors[chain], let last = noted.lastBounded(chain, before: length) else { return nil }
      if let movedAt, movedAt > last.time { return nil }
      return .boundaryMoved(chain: chain, from: last.length, to: length)
    }
  }

  /// Follows a chain. Returns where it ends and where it begins.
  private nonisolated(nonsending) func verify(
    _ number: Int, _ signed: SignedPositions, _ outcome: inout Outcome, _ database: Database
  ) async throws -> (end: ChainPosition, floor: Int64) {
    var positions = signed
    var attempt = 1
    while true {
      var found = Outcome()
      let row = try await chain(number, database)
      var check = check(number, row, positions)
      if row == nil { found.add([AuditFlaw.chainMissing(chain: number)]) }
      found.add(floorFlaws(number, row?.floor ?? .start, positions))
      try await read(number, &check, &found, database)
      let after = try await chain(number, database)
      if let after, after.head.length < check.reached.length {
        found.add([AuditFlaw.rewritten(chain: number, seq: after.head.length)])
      }
      if found.flawCount > 0 && attempt < Self.attemptsMax {
        // Retention may have taken entries away while they were read, or between the positions and the chain.
        let fresh = try await SignedPositions.read(database, keys)
        let isSettled =
          after?.floor == row?.floor && fresh.floors[number]?.position == positions.floors[number]?.position
        if attempt == 1 || !isSettled {
          positions = fresh
          attempt += 1
          continue
        }
      }
      found.add(check)
      outcome.add(found)
      return (check.reached, row?.floor.length ?? 0)
    }
  }

  private nonisolated(nonsending) func read(
    _ number: Int, _ check: inout ChainCheck, _ found: inout Outcome, _ database: Database
  ) async throws(PostgresError) {
    let rows = database.stream(
      """
      SELECT \(ChainedEntry.selected)
        FROM audit.entry e
       WHERE e.chain = \(number) AND e.seq IS NOT NULL AND e.id IS NOT NULL
       ORDER BY e.seq, e.id, e.tableoid, e.ctid
      """, from: .primary, within: Self.chainMax)
    for try await row in rows {
      found.add(check.take(try ChainedEntry(row)))
      found.entries += 1
    }
    found.add(check.end())
  }

  private func check(_ number: Int, _ row: Chain?, _ positions: SignedPositions) -> ChainCheck {
    var expected = ChainCheck.Expectation()
    expected.floor = row?.floor ?? positions.floors[number]?.position ?? .start
    expected.head = row?.head ?? expected.floor
    expected.known = noted.known(number)
    if !positions.hasNoBoundary { expected.boundary = positions.boundary[number]?.position ?? .start }
    return ChainCheck(chain: number, expected, keys, now: now)
  }

  /// A chain may only begin where a server has signed that retention left it.
  private func floorFlaws(_ number: Int, _ floor: ChainPosition, _ positions: SignedPositions) -> [AuditFlaw] {
    let signed = positions.floors[number]
    var flaws: [AuditFlaw] = []
    if floor != signed?.position ?? .start {
      flaws.append(.floorMoved(chain: number, from: signed?.position.length ?? 0, to: floor.length))
    } else if floor.length < noted.floor(number) {
      flaws.append(.floorMoved(chain: number, from: noted.floor(number), to: floor.length))
    }
    if let signed, signed.at > now - AuditRetention.kept + Self.clocksApartMax {
      flaws.append(.floorTooYoung(chain: number, seq: signed.position.length))
    }
    if !positions.hasNoBoundary, positions.boundary[number] == nil {
      flaws.append(.unsigned(chain: number, what: SignedPosition.Kind.boundary.rawValue))
    }
    return flaws
  }

  private nonisolated(nonsending) func chain(
    _ number: Int, _ database: Database
  ) async throws(PostgresError) -> Chain? {
    let rows = try await database.rows(
      "SELECT floor_length, floor_hash, length, hash FROM audit.chain WHERE number = \(number)")
    guard let row = rows.first else { return nil }
    return Chain(
      floor: ChainPosition(length: try row.int64("floor_length"), hash: try row.bytes("floor_hash")),
      head: ChainPosition(length: try row.int64("length"), hash: try row.bytes("hash")))
  }

  /// Chains and entries whose numbers no chain has, be it because constraints and types were changed: reading the
  /// chains does not show them.
  private nonisolated(nonsending) func foreign(_ database: Database) async throws(PostgresError) -> [AuditFlaw] {
    let rows = try await database.rows(
      """
      SELECT coalesce(floor(number), -1)::bigint AS chain, NULL AS id
        FROM audit.chain
       WHERE (number BETWEEN 0 AND 63 AND number = floor(number)) IS NOT TRUE
      UNION ALL
      (SELECT coalesce(floor(chain), -1)::bigint, id::text
         FROM audit.entry
        WHERE chain < 0 OR chain > 63 OR chain IS NULL
        LIMIT \(Self.flawsListedMax))
      UNION ALL
      (SELECT n.number, e.id::text
         FROM generate_series(0, 63) AS n (number)
         JOIN audit.entry e ON e.chain > n.number AND e.chain < n.number + 1
        LIMIT \(Self.flawsListedMax))
      UNION ALL
      (SELECT n.number, e.id::text
         FROM generate_series(0, 63) AS n (number)
         JOIN audit.entry e ON e.chain = n.number AND (e.seq < 1 OR e.seq IS NULL)
        LIMIT \(Self.flawsListedMax))
      """)
    var flaws: [AuditFlaw] = []
    for row in rows {
      flaws.append(.foreignChain(chain: Int(try row.int64("chain")), id: try row.optionalString("id")))
    }
    return flaws
  }
}
