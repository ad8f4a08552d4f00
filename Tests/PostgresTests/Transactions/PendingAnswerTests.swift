import EventLoop
import Postgres
import Protobuf
import TestAPI
import Testing

@Suite struct PendingAnswerTests {
  private static let schema = "CREATE TABLE t (id bigint CONSTRAINT t_key PRIMARY KEY, n bigint NOT NULL DEFAULT 0)"

  private static func ids(_ database: Database) async throws -> [Int64] {
    try await database.rows("SELECT id FROM t ORDER BY id").map { try $0.int64("id") }
  }

  @Test func `statements that are sent together take one round trip`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      try await database.transaction { transaction in
        let first = transaction.send("INSERT INTO t (id) VALUES (1), (2)")
        let second = transaction.send("SELECT count(*) AS n FROM t")
        try await transaction.execute("INSERT INTO t (id) VALUES (3)")
        let inserted = try await first.affectedRows()
        let counted = try await second.rows()[0].int64("n")
        #expect(inserted == 2 && counted == 2)
        #expect(transaction.roundTrips == 1)
      }
      let ids = try await Self.ids(database)
      #expect(ids == [1, 2, 3])
    }
  }

  @Test func `statements nobody waits for travel with COMMIT`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let transaction = try await database.transaction { transaction in
        for id in 1...3 { transaction.send("INSERT INTO t (id) VALUES (\(Int64(id)))") }
        return transaction
      }
      #expect(transaction.roundTrips == 1)
      let ids = try await Self.ids(database)
      #expect(ids == [1, 2, 3])
    }
  }

  @Test func `one that fails without being waited for fails the transaction with its error`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      for waits in [false, true] {
        let error = await failure {
          try await database.transaction { transaction in
            transaction.send("INSERT INTO t (id) VALUES (1), (1)")
            transaction.send("INSERT INTO t (id) VALUES (2)")
            if waits { _ = try? await transaction.rows("SELECT 1") }
          }
        }
        #expect(error?.violates("public.t_key") == true)
      }
      let ids = try await Self.ids(database)
      #expect(ids == [])
    }
  }

  @Test func `one that cannot be sent fails the transaction, and what was sent behind it`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let error = await failure {
        try await database.transaction { transaction in
          transaction.send("SELECT \("a\0b")::text")
          transaction.send("INSERT INTO t (id) VALUES (1)")
        }
      }
      guard case .other("22021", _)? = error else { return #expect(Bool(false), "\(error as Any)") }
      let ids = try await Self.ids(database)
      #expect(ids == [])
    }
  }

  @Test func `an answer can be read more than once`() async throws {
    try await withDatabase { database in
      let (first, all) = try await database.transaction { transaction in
        let answer = transaction.send("SELECT n::bigint AS int64_value FROM generate_series(7, 8) AS s (n)")
        let arena = Arena()
        return (try await answer.first(Scalars.self, in: arena), try await answer.all(Scalars.self, in: arena))
      }
      #expect(first?.int64Value == 7 && all.map(\.int64Value) == [7, 8])
    }
  }

  @Test func `one that fails takes those behind it along`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let error = await failure {
        try await database.transaction { transaction in
          transaction.send("INSERT INTO t (id) VALUES (1), (1)")
          let behind = transaction.send("INSERT INTO t (id) VALUES (2)")
          let error = await failure { try await behind.affectedRows() }
          #expect(error?.violates("public.t_key") == true && behind.failure == error)
          throw PostgresError.overloaded
        }
      }
      #expect(error == .overloaded)
    }
  }

  @Test func `sent after the end`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let transaction = try await database.transaction { $0 }
      let error = await failure { try await transaction.send("INSERT INTO t (id) VALUES (1)").affectedRows() }
      guard case .other("25P01", _)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }
}

@Suite struct SavepointTests {
  private static let schema = "CREATE TABLE t (id bigint CONSTRAINT t_key PRIMARY KEY)"

  private static func insert(_ id: Int64, _ transaction: Transaction) async throws {
    try await transaction.execute("INSERT INTO t VALUES (\(id))")
  }

  private static func ids(_ database: Database) async throws -> [Int64] {
    try await database.rows("SELECT id FROM t ORDER BY id").map { try $0.int64("id") }
  }

  @Test func `an error inside undoes what was done inside, and the transaction goes on`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let steps = Steps()
      try await database.transaction { transaction in
        try await Self.insert(1, transaction)
        transaction.afterCommit { steps.taken.append(1) }
        let error = await failure {
          try await transaction.savepoint {
            transaction.afterCommit { steps.taken.append(2) }
            try await Self.insert(2, transaction)
            try await Self.insert(1, transaction)
          }
        }
        #expect(error?.violates("public.t_key") == true)
        try await transaction.savepoint { try await Self.insert(3, transaction) }
        transaction.afterCommit { steps.taken.append(3) }
      }
      let ids = try await Self.ids(database)
      #expect(ids == [1, 3])
      #expect(steps.taken == [1, 3])
    }
  }

  @Test func `an error of the program's own undoes it, too`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      try await database.transaction { transaction in
        await #expect(throws: TransactionTests.Refused.self) {
          try await transaction.savepoint {
            transaction.send("INSERT INTO t VALUES (1)")
            throw TransactionTests.Refused()
          }
        }
        try await Self.insert(2, transaction)
      }
      let ids = try await Self.ids(database)
      #expect(ids == [2])
    }
  }

  @Test func `a statement that nobody waits for fails inside`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      try await database.transaction { transaction in
        try await Self.insert(1, transaction)
        let error = await failure {
          try await transaction.savepoint { _ = transaction.send("INSERT INTO t VALUES (1)") }
        }
        #expect(error?.violates("public.t_key") == true)
        try await Self.insert(2, transaction)
      }
      let ids = try await Self.ids(database)
      #expect(ids == [1, 2])
    }
  }

  @Test func `one inside another`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      try await database.transaction { transaction in
        try await transaction.savepoint {
          try await Self.insert(1, transaction)
          try? await transaction.savepoint {
            try await Self.insert(2, transaction)
            throw TransactionTests.Refused()
          }
          try await transaction.savepoint { try await Self.insert(3, transaction) }
        }
        try? await transaction.savepoint {
          try await transaction.savepoint { try await Self.insert(4, transaction) }
          throw TransactionTests.Refused()
        }
      }
      let ids = try await Self.ids(database)
      #expect(ids == [1, 3])
    }
  }

  /// What ran after the commit. Touched on one loop.
  private final class Steps: @unchecked Sendable { var taken: [Int] = [] }
}

@Suite struct SoleConnectionTests {
  @Test func `a function that holds a connection may take none besides`() async throws {
    try await withDatabase { database in
      #expect(!database.isConnectionHeld)
      try await database.transaction { transaction in
        try await database.holdingSoleConnection {
          #expect(database.isConnectionHeld)
          _ = try await transaction.rows("SELECT 1")
        }
        #expect(!database.isConnectionHeld)
      }
    }
  }
}
