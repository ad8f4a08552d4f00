import FoundationEssentials
import Postgres
import Protobuf
import Testing

@Suite struct BindTests {
  static let hostile: [String] = [
    "", "plain", "it's", "'; DROP TABLE product; --", "back\\slash", "\\", "\"quoted\"", "{a,b}", "NULL", "null",
    "$1", "%s", "tab\tnewline\nreturn\r", "ümläut 漢字 🛍️", " leading and trailing ",
    String(repeating: "x", count: 1 << 20),
  ]

  @Test(arguments: hostile)
  func `text comes back as it was sent`(_ text: String) async throws {
    try await withDatabase { database in
      let arena = Arena()
      let row = try #require(try await database.rows("SELECT \(text)::text AS a, \(arena.text(text))::text AS b").first)
      #expect(try row.string("a") == text)
      #expect(try row.string("b") == text)
    }
  }

  @Test func `a string with U+0000 is refused before it is sent`() async throws {
    try await withDatabase { database in
      let error = await failure { _ = try await database.rows("SELECT \("a\0b")::text AS a") }
      guard case .other("22021", _)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
      let after = try await database.rows("SELECT 1 AS one")
      #expect(after.count == 1)
    }
  }

  @Test(arguments: [0, 1, -1, 42, Int64.max, Int64.min])
  func `integers`(_ number: Int64) async throws {
    try await withDatabase { database in
      let row = try #require(try await database.rows("SELECT \(number)::bigint AS a").first)
      #expect(try row.int64("a") == number)
    }
  }

  @Test(arguments: [
    0.0, -0.0, 1.5, .pi, 1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity,
  ])
  func `doubles, to the last bit`(_ number: Double) async throws {
    try await withDatabase { database in
      let row = try #require(try await database.rows("SELECT \(number)::float8 AS a").first)
      #expect(try row.double("a").bitPattern == number.bitPattern)
    }
  }

  @Test(arguments: [[], [0], [0xff, 0x00, 0x10], [UInt8](repeating: 0x5c, count: 5_000)])
  func `bytes come back as they were sent`(_ bytes: [UInt8]) async throws {
    try await withDatabase { database in
      let row = try #require(
        try await database.rows(
          "SELECT \(bytes)::bytea AS a, (\([bytes, bytes])::bytea[])[2] AS b, NULL::bytea AS c, 'x' AS d"
        ).first)
      #expect(try row.bytes("a") == bytes)
      #expect(try row.bytes("b") == bytes)
      #expect(try row.optionalBytes("c") == nil)
      #expect(throws: PostgresError.self) { try row.bytes("c") }
      #expect(throws: PostgresError.self) { try row.bytes("d") }
    }
  }

  @Test func `booleans, UUIDs, bytes, instants and NULL`() async throws {
    try await withDatabase { database in
      let id = UUID()
      let none: String? = nil
      let rows = try await database.rows(
        """
        SELECT \(true)::boolean AS yes, \(false)::boolean AS no, \(id)::uuid AS id, \(none)::text AS nothing,
               \(Int?.some(3))::int AS three, \(Bytes32.value)::bytea = '\\x00ff10'::bytea AS same,
               \(Instant(microseconds: 1_763_718_685_000_001))::timestamptz AS at,
               \(Instant(microseconds: -62_198_755_200_000_000))::timestamptz = '0002-01-01 00:00 BC UTC'
                 ::timestamptz + interval '0' AS ancient
        """)
      let row = try #require(rows.first)
      #expect(try row.bool("yes"))
      #expect(try !row.bool("no"))
      #expect(try row.string("id") == id.uuidString.lowercased())
      #expect(try row.isNull("nothing"))
      #expect(try row.int64("three") == 3)
      #expect(try row.bool("same"))
      #expect(try row.string("at") == "2025-11-21 09:51:25.000001+00")
      #expect(try row.bool("ancient"))
    }
  }

  @Test(arguments: [
    (Int64.max, "294247-01-10 04:00:54.775807+00"), (Int64.min, "4714-11-24 00:00:00+00 BC"),
    (-210_866_803_200_000_001, "4714-11-24 00:00:00+00 BC"),
    (-210_866_803_199_999_999, "4714-11-24 00:00:00.000001+00 BC"),
    (253_402_300_800_000_000, "10000-01-01 00:00:00+00"), (-1, "1969-12-31 23:59:59.999999+00"),
  ])
  func `every instant that 64 bits can say is one that Postgres takes`(microseconds: Int64, text: String) async throws {
    try await withDatabase { database in
      let rows = try await database.rows("SELECT \(Instant(microseconds: microseconds))::timestamptz AS at")
      #expect(try rows.first?.string("at") == text)
    }
  }

  @Test func `arrays of text`() async throws {
    try await withDatabase { database in
      let texts = Self.hostile
      let rows = try await database.rows(
        "SELECT t FROM unnest(\(texts)::text[]) WITH ORDINALITY AS u (t, n) ORDER BY n")
      let back = try rows.map { row throws(PostgresError) in try row.string("t") }
      #expect(back == texts)
    }
  }

  @Test func `arrays of other things, and empty ones`() async throws {
    try await withDatabase { database in
      let ids = [UUID(), UUID()]
      let sparse: [Int?] = [1, nil, 3]
      let rows = try await database.rows(
        """
        SELECT \([1, 2, 3])::bigint[] = ARRAY[1, 2, 3]::bigint[] AS numbers,
               cardinality(\([Int64]())::bigint[]) AS none,
               (\(ids)::uuid[])[2]::text AS id, (\(sparse)::int[])[2] IS NULL AS hole,
               \([true, false])::boolean[] = ARRAY[true, false] AS bits
        """)
      let row = try #require(rows.first)
      #expect(try row.bool("numbers"))
      #expect(try row.int64("none") == 0)
      #expect(try row.string("id") == ids[1].uuidString.lowercased())
      #expect(try row.bool("hole"))
      #expect(try row.bool("bits"))
    }
  }

  @Test func `fragments compose, and their values keep their places`() async throws {
    try await withDatabase { database in
      let inner: Query = "\(2)::int * \(10)::int"
      let outer: Query = "SELECT \(1)::int + (\(inner))::int - \(3)::int AS sum"
      let row = try #require(try await database.rows(outer).first)
      #expect(try row.int64("sum") == 18)
    }
  }

  @Test func `more values than the protocol knows are refused`() async throws {
    try await withDatabase { database in
      var doubled: Query = "\(1)"
      for _ in 0..<16 { doubled = "\(doubled), \(doubled)" }
      let tooMany: Query = "SELECT \(doubled)"
      let error = await failure { _ = try await database.rows(tooMany) }
      guard case .other("54000", _)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }
}

private struct Instant: QueryValue {
  let microseconds: Int64
  var queryBind: QueryBind { .instant(microseconds: microseconds) }
}

private struct Bytes32: QueryValue {
  static let value = Bytes32()
  var queryBind: QueryBind { .bytes([0x00, 0xff, 0x10]) }
}
