import CatalogAPI
import EventLoop
import FastShopAPI
import Logging
import Platform
import Postgres
import Protobuf
import RPC
import Synchronization
import Testing

/// A rule of the schema: a constraint, or the NOT NULL of a column.
private struct SchemaRule: Sendable {
  let sqlstate: String
  let schema: String
  let table: String
  let column: String
  let constraint: String

  static var all: Query {
    """
    SELECT CASE o.contype WHEN 'c' THEN '23514' WHEN 'f' THEN '23503' WHEN 'x' THEN '23P01' ELSE '23505' END
             AS sqlstate,
           n.nspname AS schema, c.relname AS table, '' AS column, o.conname AS constraint
      FROM pg_constraint o
      JOIN pg_class c ON c.oid = o.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE o.contype IN ('c', 'f', 'x', 'u', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'public')
    UNION ALL
    SELECT '23505', n.nspname, c.relname, '', x.relname
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE i.indisunique AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'public')
    UNION ALL
    SELECT '23502', n.nspname, c.relname, a.attname, ''
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attnotnull AND a.attnum > 0 AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'public')
    """
  }

  init(_ row: Row) throws {
    sqlstate = try row.string("sqlstate")
    schema = try row.string("schema")
    table = try row.string("table")
    column = try row.string("column")
    constraint = try row.string("constraint")
  }

  /// Fails as the server does when a row breaks the rule; the DETAIL has the row's values.
  var violation: Query { "SELECT public.violate(\(sqlstate), \(schema), \(table), \(column), \(constraint))" }

  static let function = """
    CREATE FUNCTION public.violate(code text, of_schema text, of_table text, of_column text, of_constraint text)
    RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'a row breaks a rule' USING ERRCODE = code, SCHEMA = of_schema, TABLE = of_table,
        COLUMN = of_column, CONSTRAINT = of_constraint, DETAIL = 'Failing row contains (ann@example.com).';
    END $$
    """
}

/// A method that breaks a rule of the schema which nobody expects.
private struct Mistaken: RPCService {
  static let path = "/fastshop.catalog.v1.CatalogService/GetProduct"

  var serviceDescriptor: ServiceDescriptor { catalogServiceDescriptor }

  var methods: [Method] {
    [
      .unary(Self.path) { (_: GetProductRequest, call) -> Product in
        try await call.database.connections.execute(
          "INSERT INTO catalog.seller (slug, name) VALUES ('No slug of ann@example.com', 'Ann')")
        return Product(in: call.arena)
      }
    ]
  }
}

extension ShopTests {
  /// Rules of the schema that a row breaks: what no module expects is a mistake of the program.
  @Suite struct ConstraintTests {
    @Test("whatever rule of the schema a row breaks: unless it is expected, the call is INTERNAL")
    func everyRule() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.run { database in
        try await database.runScript(SchemaRule.function)
        let rules = try await database.rows(SchemaRule.all).map { try SchemaRule($0) }
        #expect(Set(rules.map(\.sqlstate)).count >= 4 && rules.count > 300)
        for rule in rules {
          let thrown = await #expect(throws: PostgresError.self) { try await database.execute(rule.violation) }
          let error = try #require(thrown)
          let text = "\(error)"
          #expect(error.rpcError.code == .internal, "\(rule)")
          #expect(text.contains("\(rule.schema).\(rule.table)"), "\(text)")
          #expect(text.contains(rule.constraint.isEmpty ? rule.column : "\(rule.schema).\(rule.constraint)"), "\(text)")
          #expect(!text.contains("ann@example.com"), "\(text)")
          await #expect(throws: IdempotencyError.inProgress(.none)) {
            try await expecting([error.violation?.constraint ?? "": IdempotencyError.inProgress(.none)]) {
              try await database.execute(rule.violation)
            }
          }
        }
      }
    }

    @Test("every rule was verified for the rows that were there before it")
    func validated() async throws {
      let shop = try await TestShop.make(products: 0)
      let open = try await shop.run { database in
        try await database.rows("SELECT o.conname FROM pg_constraint o WHERE NOT o.convalidated ORDER BY o.conname")
          .map { try $0.string("conname") }
      }
      #expect(open.isEmpty, "validate them in a migration")
    }

    @Test("a rule that a handler breaks is logged once, with its name and without the row")
    func loggedOnce() async throws {
      let shop = try await TestShop.make(products: 0)
      let group = EventLoopGroup(count: 1)
      let lines = KeptLog.Lines()
      try await group.connect(DatabaseConfiguration(url: shop.url))
      let server = RPCServer(group: group, services: [Mistaken()], logger: lines.logger)
      let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
      let channel = Channel(address, on: group.loops[0])
      let error = await #expect(throws: RPCError.self) {
        let _: Product = try await channel.unary(Mistaken.path, request(GetProductRequest.self), CallOptions())
      }
      await channel.close()
      await server.shutdown(grace: .milliseconds(100))
      await group.disconnect()
      await Task.detached { group.shutdown() }.value
      #expect(error?.code == .internal && error?.reason == "SERVER_FAILED")
      let logged = lines.all.withLock { $0 }.filter { $0.contains("a handler failed") }
      #expect(logged.count == 1)
      #expect(logged.first?.contains("catalog.seller_slug_is_a_slug") == true, "\(logged)")
      #expect(logged.first?.contains("ann@example.com") == false)
    }
  }
}
