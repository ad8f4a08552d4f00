import EventLoop
import Testing

@testable import Postgres

/// A statement of many variants, like that of a list with filters.
private func variant(_ bits: Int) -> Query {
  func part(_ bit: Int, _ sql: Query) -> Query { bits & (1 << bit) == 0 ? "" : sql }
  return """
    SELECT \(bits)::bigint AS n WHERE true\(part(0, " AND 1 = 1"))\(part(1, " AND 2 = 2"))\(part(2, " AND 3 = 3"))\
    \(part(3, " AND 4 = 4"))\(part(4, " AND 5 = 5"))\(part(5, " AND 6 = 6"))\(part(6, " AND 7 = 7"))\
    \(part(7, " AND 8 = 8"))\(part(8, " AND 9 = 9"))
    """
}

@Suite struct StatementTableTests {
  @Test(arguments: [(1, 1), (1, 3), (2, 5), (16, 16), (16, 17), (64, 512)])
  func `the least recently used leaves`(_ capacity: Int, _ texts: Int) {
    let table = StatementTable(capacity: capacity)
    var random = SystemRandomNumberGenerator()
    var known: [Int: UInt64] = [:]  // serials by text
    var order: [Int] = []  // the texts that are held, the newest last
    for _ in 0..<4_000 {
      let text = Int.random(in: 0..<texts, using: &random)
      let statement = table.statement(for: variant(text))
      if let index = order.firstIndex(of: text) {
        order.remove(at: index)
        #expect(statement.serial == known[text], "a known text is the same statement")
      } else {
        #expect(!known.values.contains(statement.serial))
        if order.count == capacity { known[order.removeFirst()] = nil }
      }
      known[text] = statement.serial
      order.append(text)
      #expect(table.count == order.count)
    }
  }

  @Test func `statements of the slots are different ones`() {
    let table = StatementTable(capacity: 8)
    let statements = (0..<8).map { table.statement(for: variant($0)) }
    #expect(Set(statements.map(\.slot)) == Set(0..<8))
    let next = table.statement(for: variant(8))
    #expect(next.slot == statements[0].slot && next.serial != statements[0].serial)
  }

  @Test func `a text is prepared when it has returned often enough, unless it asks not to be`() {
    let table = StatementTable(capacity: 4)
    for use in 1...5 {
      #expect(table.statement(for: variant(1)).isWorthPreparing == (use > StatementTable.usesBeforePreparing))
      let part = variant(2).unprepared
      #expect(!table.statement(for: "SELECT * FROM (\(part)) t").isWorthPreparing)
    }
    _ = (2..<6).map { table.statement(for: variant($0)) }
    #expect(!table.statement(for: variant(1)).isWorthPreparing, "it was removed, and counts from the beginning")
  }

  @Test func `one change of the schema counts once`() {
    let table = StatementTable(capacity: 1)
    let age = table.schemaAge
    for _ in 0..<3 { table.schemaChanged(since: age) }
    #expect(table.schemaAge == age + 1)
  }

  static func read(_ bits: Int, _ database: Database) async -> Int64? {
    try? await database.rows(variant(bits)).first?.int64("n")
  }

  static func write(_ bits: Int, _ database: Database) async -> Int64? {
    try? await database.rows(variant(bits), access: .write).first?.int64("n")
  }

  @Test func `many texts on several connections`() async throws {
    let kept = 40
    try await withDatabase(configure: {
      $0.preparedStatementsMax = kept
      $0.readConnections = 2
      $0.writeConnections = 2
    }) { database in
      for texts in [kept / 2, kept, 3 * kept] {
        for round in 0..<5 {
          let bits = (0..<texts).map { ($0 &* 7 &+ round) % 512 }
          let reads = await together(database, bits.map { bits in { @Sendable in await Self.read(bits, $0) } })
          #expect(reads == bits.map { Int64($0) })
          let writes = await together(database, bits.map { bits in { @Sendable in await Self.write(bits, $0) } })
          #expect(writes == bits.map { Int64($0) })
        }
      }
      for access in [QueryAccess.read, .write] {
        let held = try await database.rows("SELECT count(*) AS n FROM pg_prepared_statements", access: access)
        #expect(try held[0].int64("n") <= kept)
      }
    }
  }

  @Test func `a connection prepares what returns, and nothing else`() async throws {
    try await withDatabase(configure: { $0.readConnections = 1 }) { database in
      for _ in 0..<5 {
        _ = try await database.rows("SELECT 'kept' AS a")
        _ = try await database.rows(("SELECT 'never' AS a" as Query).unprepared)
      }
      _ = try await database.rows("SELECT 'once' AS a")
      let rows = try await database.rows("SELECT statement FROM pg_prepared_statements ORDER BY statement")
      #expect(try rows.map { try $0.string("statement") } == ["SELECT 'kept' AS a"])
    }
  }
}
