import EventLoop
import Postgres
import Testing

@Suite struct ErrorTests {
  static let schema = """
    CREATE TABLE seller (id bigint CONSTRAINT seller_pkey PRIMARY KEY);
    CREATE TABLE product (
      id bigint CONSTRAINT product_pkey PRIMARY KEY, seller bigint CONSTRAINT product_seller REFERENCES seller,
      price bigint NOT NULL CONSTRAINT product_price CHECK (price > 0), stock bigint NOT NULL DEFAULT 0);
    INSERT INTO seller VALUES (1);
    INSERT INTO product VALUES (1, 1, 100), (2, 1, 200);
    """

  enum Mistake: Sendable, CaseIterable {
    case duplicate, noSuchSeller, stillReferred, negativePrice, noPrice, writingRead

    var query: Query {
      switch self {
      case .duplicate: "INSERT INTO product VALUES (1, 1, 1)"
      case .noSuchSeller: "INSERT INTO product VALUES (9, 9, 1)"
      case .stillReferred: "DELETE FROM seller WHERE id = 1"
      case .negativePrice: "UPDATE product SET price = -1 WHERE id = 1"
      case .noPrice: "INSERT INTO product (id) VALUES (9)"
      case .writingRead: "INSERT INTO seller VALUES (5)"
      }
    }

    var error: PostgresError {
      switch self {
      case .duplicate: .uniqueViolation(constraint: "product_pkey")
      case .noSuchSeller, .stillReferred: .foreignKeyViolation(constraint: "product_seller")
      case .negativePrice: .checkViolation(constraint: "product_price")
      case .noPrice: .notNullViolation(column: "price")
      case .writingRead: .other(sqlstate: "25006", message: "cannot execute INSERT in a read-only transaction")
      }
    }
  }

  @Test(arguments: Mistake.allCases)
  func `each violation is its own error`(_ mistake: Mistake) async throws {
    try await withDatabase(schema: Self.schema) { database in
      let error = await failure {
        if mistake == .writingRead {
          _ = try await database.rows(mistake.query)
        } else {
          try await database.execute(mistake.query)
        }
      }
      #expect(error == mistake.error)
      let rows = try await database.rows("SELECT count(*) AS n FROM product WHERE price > 0")
      #expect(try rows[0].int64("n") == 2)
    }
  }

  @Test(arguments: [
    ("53100", PostgresError.diskFull), ("53200", .overloaded), ("53300", .unavailable), ("53400", .overloaded),
    ("57P03", .unavailable), ("25006", .readOnly), ("57P01", .connectionLost),
  ])
  func `a server that lacks something says what`(_ sqlstate: String, _ error: PostgresError) async throws {
    try await withDatabase { database in
      try await database.runScript(
        """
        CREATE FUNCTION fail() RETURNS bigint LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '\(sqlstate)'; END $$
        """)
      let thrown = await failure {
        try await database.transaction { _ = try await $0.execute("SELECT fail()") }
      }
      #expect(thrown == error)
      try await becomesReady(database)
    }
  }

  @Test func `a database that is made read-only can be read`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      let name = try await database.rows("SELECT current_database() AS name")[0].string("name")
      try await database.runScript("ALTER DATABASE \(name) SET default_transaction_read_only = on")
      try await database.runScript(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)' AND pid <> pg_backend_pid()")
      for _ in 0..<3 {
        try await until(database.loop) {
          await failure {
            try await database.transaction { _ = try await $0.execute("INSERT INTO seller VALUES (9)") }
          } == .readOnly
        }
        let rows = try await database.rows("SELECT id FROM product")
        #expect(rows.count == 2)
      }
    }
  }

  @Test func `bad SQL is an error of that statement alone, each time`() async throws {
    try await withDatabase { database in
      for _ in 0..<3 {
        let error = await failure { _ = try await database.rows("SELEC 1") }
        guard case .other("42601", _)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
      }
      let good = try await database.rows("SELECT 1 AS one")
      #expect(good.count == 1)
    }
  }

  @Test func `a statement that takes too long`() async throws {
    try await withDatabase(configure: { $0.statementTimeout = .milliseconds(50) }) { database in
      #expect(await failure { _ = try await database.rows("SELECT pg_sleep(5)") } == .statementTimeout)
    }
  }

  @Test func `a lock that is not obtained`() async throws {
    try await withDatabase(schema: Self.schema, configure: { $0.lockTimeout = .milliseconds(50) }) { database in
      try await database.transaction { transaction in
        try await transaction.execute("UPDATE product SET stock = 1 WHERE id = 1")
        #expect(
          await failure { try await database.execute("UPDATE product SET stock = 2 WHERE id = 1") }
            == .lockNotAvailable)
      }
    }
  }

  /// Raises the stock of two products in a transaction that meets another one in between.
  static func raise(
    _ first: Int64, _ second: Int64, retries: Int, _ meeting: Meeting, _ database: Database
  ) async -> PostgresError? {
    await failure {
      try await database.transaction(retries: retries) { transaction in
        try await transaction.execute("UPDATE product SET stock = stock + 1 WHERE id = \(first)")
        await meeting.arrive()
        _ = try await transaction.execute("UPDATE product SET stock = stock + 1 WHERE id = \(second)")
      }
    }
  }

  @Test(arguments: [0, 3])
  func `a deadlock, and its mending by trying again`(_ retries: Int) async throws {
    try await withDatabase(schema: Self.schema) { database in
      let meeting = Meeting(of: 2)
      let errors = await together(
        database,
        [
          { @Sendable in await Self.raise(1, 2, retries: retries, meeting, $0) },
          { @Sendable in await Self.raise(2, 1, retries: retries, meeting, $0) },
        ])
      #expect(errors.compactMap { $0 } == (retries == 0 ? [.deadlockDetected] : []))
      let rows = try await database.rows("SELECT sum(stock) AS n FROM product")
      #expect(try rows[0].int64("n") == (retries == 0 ? 2 : 4))
    }
  }

  /// Sets a product's stock from the sum over all, in a transaction that meets another one in between.
  static func move(_ id: Int64, retries: Int, _ meeting: Meeting, _ database: Database) async -> PostgresError? {
    await failure {
      try await database.transaction(isolation: .serializable, retries: retries) { transaction in
        let sum = try await transaction.rows("SELECT sum(stock) AS n FROM product")[0].int64("n")
        await meeting.arrive()
        _ = try await transaction.execute("UPDATE product SET stock = \(sum) + 1 WHERE id = \(id)")
      }
    }
  }

  @Test(arguments: [0, 3])
  func `transactions that cannot be put in an order, unless one is tried again`(_ retries: Int) async throws {
    try await withDatabase(schema: Self.schema) { database in
      let meeting = Meeting(of: 2)
      let errors = await together(
        database,
        [
          { @Sendable in await Self.move(1, retries: retries, meeting, $0) },
          { @Sendable in await Self.move(2, retries: retries, meeting, $0) },
        ])
      #expect(errors.compactMap { $0 } == (retries == 0 ? [.serializationFailure] : []))
    }
  }
}
