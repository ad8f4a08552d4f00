import EventLoop
import Eventually
import Postgres
import Testing

@Suite struct TransactionTests {
  static let schema = "CREATE TABLE account (id bigint PRIMARY KEY, amount bigint NOT NULL CHECK (amount >= 0))"

  struct Refused: Error {}

  static func count(_ database: Database) async throws -> Int64 {
    try await database.rows("SELECT count(*) AS n FROM account")[0].int64("n")
  }

  @Test func `committed when it returns, with its value`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let rows = try await database.transaction { transaction in
        try await transaction.execute("INSERT INTO account VALUES (1, 5)")
        return try await transaction.execute("INSERT INTO account VALUES (2, 5), (3, 5)")
      }
      #expect(rows == 2)
      let count = try await Self.count(database)
      #expect(count == 3)
    }
  }

  @Test func `rolled back when it throws`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      await #expect(throws: Refused.self) {
        try await database.transaction { transaction in
          try await transaction.execute("INSERT INTO account VALUES (1, 5)")
          throw Refused()
        }
      }
      let count = try await Self.count(database)
      #expect(count == 0)
    }
  }

  /// What makes a transaction fail.
  enum Mistake: CaseIterable {
    case brokenConstraint, unsendableText, abandonedCopy

    /// Makes it, and passes over it.
    func make(in transaction: Transaction) async {
      switch self {
      case .brokenConstraint: _ = try? await transaction.execute("INSERT INTO account VALUES (1, -1)")
      case .unsendableText: _ = try? await transaction.execute("SELECT \("a\0b")::text")
      case .abandonedCopy: _ = try? await transaction.copy("COPY account FROM STDIN") { _ in throw Refused() }
      }
    }

    func isCause(of error: PostgresError?) -> Bool {
      switch (self, error) {
      case (.brokenConstraint, let error?): error.violates("public.account_amount_check")
      case (.unsendableText, .other("22021", _)?), (.abandonedCopy, .other("25P02", _)?): true
      default: false
      }
    }
  }

  @Test(arguments: Mistake.allCases)
  func `a failure that is passed over does not look like success`(_ mistake: Mistake) async throws {
    try await withDatabase(schema: Self.schema) { database in
      let error = await failure {
        try await database.transaction { transaction in
          try await transaction.execute("INSERT INTO account VALUES (1, 5)")
          await mistake.make(in: transaction)
          _ = try? await transaction.execute("INSERT INTO account VALUES (2, 5)")
        }
      }
      #expect(mistake.isCause(of: error), "\(error as Any)")
      let count = try await Self.count(database)
      #expect(count == 0)
    }
  }

  @Test(arguments: Mistake.allCases)
  func `nor does a savepoint, which is undone`(_ mistake: Mistake) async throws {
    try await withDatabase(schema: Self.schema) { database in
      try await database.transaction { transaction in
        try await transaction.execute("INSERT INTO account VALUES (1, 5)")
        let error = await failure {
          try await transaction.savepoint {
            try await transaction.execute("INSERT INTO account VALUES (2, 5)")
            await mistake.make(in: transaction)
          }
        }
        #expect(mistake.isCause(of: error), "\(error as Any)")
        try await transaction.execute("INSERT INTO account VALUES (3, 5)")
      }
      let rows = try await database.rows("SELECT id FROM account ORDER BY id")
      #expect(try rows.map { row throws(PostgresError) in try row.int64("id") } == [1, 3])
    }
  }

  /// Has every commit wait for an advisory lock.
  private static let slowCommit = """
    ;
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON account DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait();
    """

  @Test(arguments: [false, true])
  func `cancelled while the server commits: the change may have been made`(_ isTransaction: Bool) async throws {
    try await withDatabase(schema: Self.schema + Self.slowCommit, configure: { $0.waitForLong() }) { database in
      let bound = LoopBound(database, on: database.loop)
      try await database.transaction { holder in
        try await holder.execute("SELECT pg_advisory_xact_lock(1)")
        let task = Task(executorPreference: bound.value.loop) {
          await failure {
            if isTransaction {
              _ = try await bound.value.transaction { try await $0.execute("INSERT INTO account VALUES (1, 5)") }
            } else {
              try await bound.value.execute("INSERT INTO account VALUES (1, 5)")
            }
          }
        }
        try await waitsForLock(bound.value)
        task.cancel()
        #expect(await task.value == .outcomeUnknown)
      }
    }
  }

  @Test func `a constraint that is checked when committing`() async throws {
    let schema = "CREATE TABLE t (a int CONSTRAINT t_a UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1)"
    try await withDatabase(schema: schema, configure: { $0.writeConnections = 1 }) { database in
      let alone = await failure { try await database.execute("INSERT INTO t VALUES (1)") }
      #expect(alone?.violates("public.t_a") == true)
      let inside = await failure {
        _ = try await database.transaction { try await $0.execute("INSERT INTO t VALUES (1)") }
      }
      #expect(inside?.violates("public.t_a") == true)
      let after = try await database.execute("INSERT INTO t VALUES (2)")
      #expect(after == 1)
    }
  }

  @Test func `its statements see one state when asked for`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      try await database.transaction(isolation: .repeatableRead) { transaction in
        let before = try await transaction.rows("SELECT count(*) AS n FROM account")[0].int64("n")
        try await database.execute("INSERT INTO account VALUES (1, 5)")
        let after = try await transaction.rows("SELECT count(*) AS n FROM account")[0].int64("n")
        #expect(before == 0 && after == 0)
      }
    }
  }

  @Test func `used after its end`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let leaked = try await database.transaction { $0 }
      let error = await failure { try await leaked.execute("SELECT 1") }
      guard case .other("25P01", _)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }

  @Test func `cancelled: the caller returns at once, the statement is stopped, nothing stays`() async throws {
    try await withDatabase(schema: Self.schema, configure: { $0.writeConnections = 1 }) { database in
      let loop = database.loop
      let bound = LoopBound(database, on: loop)
      let task = Task(executorPreference: loop) {
        await failure {
          try await bound.value.transaction { transaction in
            try await transaction.execute("INSERT INTO account VALUES (1, 5)")
            try await transaction.execute("SELECT pg_sleep(30)")
          }
        }
      }
      // By reading, for the only connection that writes is taken.
      try await eventually {
        try await !database.rows(
          "SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(30)'"
        ).isEmpty
      }
      let start = ContinuousClock.now
      task.cancel()
      #expect(await task.value == .queryCancelled)
      // The only connection is in order again long before the statement would have ended.
      #expect(await failure { try await database.execute("INSERT INTO account VALUES (2, 5)") } == nil)
      #expect(ContinuousClock.now - start < .seconds(25))
      let count = try await Self.count(database)
      #expect(count == 1)
    }
  }

  @Test func `a cancelled read returns at once, and the next one is answered`() async throws {
    try await withDatabase(configure: { $0.readConnections = 1 }) { database in
      let loop = database.loop
      let bound = LoopBound(database, on: loop)
      let task = Task(executorPreference: loop) {
        await failure { _ = try await bound.value.rows("SELECT pg_sleep(0.4)") }
      }
      try await hasBegun("pg_sleep(0.4)", database)
      task.cancel()
      #expect(await task.value == .queryCancelled)
      let rows = try await database.rows("SELECT 7 AS n")
      #expect(try rows[0].int64("n") == 7)
    }
  }

  @Test func `COPY, and its failing`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let rows = try await database.transaction { transaction in
        try await transaction.copy("COPY account (id, amount) FROM STDIN") { writer in
          for batch in 0..<20 {
            var text: [UInt8] = []
            for row in 0..<1000 { text += Array("\(batch * 1000 + row)\t\(row)\n".utf8) }
            try await writer.write(text)
          }
        }
      }
      #expect(rows == 20_000)
      let copied = try await Self.count(database)
      #expect(copied == 20_000)
      let bad = await failure {
        try await database.transaction { transaction in
          _ = try await transaction.copy("COPY account FROM STDIN", Array("90000\t-1\n".utf8))
        }
      }
      #expect(bad?.violates("public.account_amount_check") == true)
      await #expect(throws: Refused.self) {
        try await database.transaction { transaction in
          _ = try await transaction.copy("COPY account FROM STDIN") { writer in
            try await writer.write(Array("90001\t1\n".utf8))
            throw Refused()
          }
        }
      }
      let count = try await Self.count(database)
      #expect(count == 20_000)
    }
  }
}
