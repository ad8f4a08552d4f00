import EventLoop
import Eventually
import Postgres
import PostgresTesting
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

    /// The kind of the broken constraint, its name and its column; nil for what breaks none.
    var violation: (kind: ConstraintViolation.Kind, constraint: String, column: String)? {
      switch self {
      case .duplicate: (.unique, "public.product_pkey", "")
      case .noSuchSeller, .stillReferred: (.foreignKey, "public.product_seller", "")
      case .negativePrice: (.check, "public.product_price", "")
      case .noPrice: (.notNull, "", "price")
      case .writingRead: nil
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
      if let expected = mistake.violation {
        let violation = try #require(error?.violation)
        #expect(violation.kind == expected.kind && violation.constraint == expected.constraint)
        #expect(violation.table == "public.product" && violation.column == expected.column)
      } else {
        guard case .other("25006", let message)? = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(message.hasPrefix("cannot execute INSERT in a read-only transaction; "))
        #expect(message.hasSuffix("statement: INSERT INTO seller VALUES (5)"))
      }
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
        try await eventually {
          await failure {
            try await database.transaction { _ = try await $0.execute("INSERT INTO seller VALUES (9)") }
          } == .readOnly
        }
        let rows = try await database.rows("SELECT id FROM product")
        #expect(rows.count == 2)
      }
    }
  }

  @Test func `an expected violation is the error that it means, any other stays what it is`() async throws {
    enum Refusal: Error { case priceTooLow }
    try await withDatabase(schema: Self.schema) { database in
      for (price, id, isExpected) in [(-1, 3, true), (1, 1, false)] {
        let error = await #expect(throws: (any Error).self) {
          try await expecting(["public.product_price": Refusal.priceTooLow]) {
            try await database.execute("INSERT INTO product VALUES (\(id), 1, \(price))")
          }
        }
        #expect((error as? Refusal == .priceTooLow) == isExpected)
        #expect((error as? PostgresError)?.violates("public.product_pkey") == (isExpected ? nil : true))
      }
    }
  }

  @Test func `what is logged says where, and names no values`() async throws {
    try await withDatabase(schema: Self.schema) { database in
      try await database.runScript(
        """
        CREATE FUNCTION convert(value text) RETURNS bigint LANGUAGE plpgsql
        AS $$ BEGIN RETURN value::bigint; END $$
        """)
      let secret = "ann@example.com"
      let converted = await failure { _ = try await database.rows("SELECT convert(\(secret)) AS n") }
      #expect("\(converted as Any)".contains("convert(text)") && "\(converted as Any)".contains("22P02"))
      try await database.execute("ALTER TABLE seller ADD COLUMN name text CONSTRAINT seller_name UNIQUE")
      try await database.execute("UPDATE seller SET name = \(secret)")
      let doubled = await failure { try await database.execute("INSERT INTO seller VALUES (2, \(secret))") }
      #expect("\(doubled as Any)".contains("public.seller_name"))
      for error in [converted, doubled] { #expect(!"\(error as Any)".contains(secret)) }
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

  @Test func `a change on a connection whose settings are refused may have been made`() async throws {
    let url = try await TestPostgres.shared().database()
    try await onLoop(of: loops, url: url) { try await $0.runScript("CREATE TABLE t (id bigint)") }
    var (unknown, made) = (0, 0)
    try await eventually {
      // The changes travel behind the settings, unless these are refused before they are there: on four connections.
      let errors = try await onLoop(of: loops, url: url, configure: { $0.statementTimeout = .seconds(1 << 32) }) {
        database in
        await together(
          database,
          Array(
            repeating: { @Sendable database in
              await failure { try await database.execute("INSERT INTO t VALUES (1)") }
            }, count: 4))
      }
      unknown += errors.count { $0 == .outcomeUnknown }
      made = try await onLoop(of: loops, url: url) { try await $0.rows("SELECT id FROM t").count }
      return made > 0
    }
    #expect(unknown >= made)
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
}
