import Protobuf
import TestAPI
import Testing

@testable import Postgres

@Suite struct MappingTests {
  @Test func `all answers of an arena count against its limit`() async throws {
    try await withDatabase { database in
      let arena = Arena(limit: 1 << 20)
      var kept = 0
      let error = await failure {
        while kept < 10 {
          _ = try await database.first(Scalars.self, "SELECT repeat('x', 400000) AS string_value", in: arena)
          kept += 1
        }
      }
      guard case .other("54000", _)? = error else { return #expect(Bool(false), "\(error as Any)") }
      #expect(kept == 2)
    }
  }

  @Test func `every scalar`() async throws {
    try await withDatabase { database in
      let arena = Arena()
      let message = try #require(
        try await database.first(
          Scalars.self,
          """
          SELECT -5::int AS int32_value, 9223372036854775807 AS int64_value, 7::bigint AS uint32_value,
                 18446744073709551615::numeric AS uint64_value, 1::smallint AS sint32_value,
                 sum(n) AS sint64_value, 1.5::real AS float_value, 0.1::float8 AS double_value, true AS bool_value,
                 'it''s' AS string_value, '\\x00ff'::bytea AS bytes_value, 'green' AS color
            FROM generate_series(1::bigint, 4) n
          """, in: arena))
      #expect(message.int32Value == -5)
      #expect(message.int64Value == .max)
      #expect(message.uint32Value == 7)
      #expect(message.uint64Value == .max)
      #expect(message.sint32Value == 1)
      #expect(message.sint64Value == 10)
      #expect(message.floatValue == 1.5)
      #expect(message.doubleValue == 0.1)
      #expect(message.boolValue)
      #expect(message.stringValue == "it's")
      #expect(message.bytesValue.array == [0, 255])
      #expect(message.color == .green)
    }
  }

  @Test func `NULL leaves a field unset`() async throws {
    try await withDatabase { database in
      let arena = Arena()
      let message = try #require(
        try await database.first(
          Optionals.self,
          """
          SELECT NULL::int AS int32_value, 0::bigint AS uint64_value, NULL::text AS string_value,
                 2 AS color, NULL::text AS "scalars.string_value", 4 AS "scalars.int32_value"
          """, in: arena))
      #expect(message.int32Value == nil)
      #expect(message.uint64Value == 0)
      #expect(message.stringValue == nil)
      #expect(message.color == .green)
      #expect(message.scalars?.int32Value == 4)
      #expect(message.scalars?.stringValue == "")
      let empty = try await database.first(
        Optionals.self, "SELECT NULL::int AS \"scalars.int32_value\"", in: arena)
      #expect(try #require(empty).scalars == nil)
    }
  }

  @Test func `points in time and spans`() async throws {
    try await withDatabase { database in
      let arena = Arena()
      let message = try #require(
        try await database.first(
          WellKnown.self,
          """
          SELECT '2025-11-21 10:51:25.25+01'::timestamptz AS time, interval '1 day 2 hours 3.5 seconds' AS duration,
                 'wrapped' AS string_value, NULL::bigint AS int64_value
          """, in: arena))
      #expect(message.time?.seconds == 1_763_718_685)
      #expect(message.time?.nanos == 250_000_000)
      #expect(message.duration?.seconds == 93_603)
      #expect(message.duration?.nanos == 500_000_000)
      #expect(message.stringValue?.value == "wrapped")
      #expect(message.int64Value == nil)
    }
  }

  @Test(arguments: [
    ("infinity", 253_402_300_799, 999_999_999), ("-infinity", -62_135_596_800, 0),
    ("294276-12-31 23:59:59+00", 253_402_300_799, 999_999_999),
    ("10000-01-01 00:00+00", 253_402_300_799, 999_999_999),
    ("9999-12-31 23:59:59+00", 253_402_300_799, 0),
    ("0001-01-01 00:00+00", -62_135_596_800, 0),
    ("0001-12-31 00:00+00 BC", -62_135_596_800, 0),
    ("4714-11-24 00:00+00 BC", -62_135_596_800, 0),
  ])
  func `a moment that no Timestamp has is the first or the last that one has`(
    value: String, seconds: Int64, nanos: Int32
  ) async throws {
    try await withDatabase { database in
      let arena = Arena()
      let message = try #require(
        try await database.first(WellKnown.self, "SELECT \(value)::text::timestamptz AS time", in: arena))
      #expect(message.time?.seconds == seconds && message.time?.nanos == nanos)
      #expect(throws: Never.self) { try WellKnown(decoding: message.encoded(), in: Arena()) }
    }
  }

  @Test(arguments: [
    ("999999999 days", 315_576_000_000), ("-999999999 days", -315_576_000_000),
    ("3652500 days 1 second", 315_576_000_000),
    ("-3652499 days", -315_575_913_600), ("2562047788 hours", 315_576_000_000),
    ("-2562047788 hours", -315_576_000_000), ("2147483647 days 2562047788 hours", 315_576_000_000),
  ])
  func `a span that no Duration has is the longest that one has`(value: String, seconds: Int64) async throws {
    try await withDatabase { database in
      let arena = Arena()
      let message = try #require(
        try await database.first(WellKnown.self, "SELECT \(value)::text::interval AS duration", in: arena))
      #expect(message.duration?.seconds == seconds && message.duration?.nanos == 0)
    }
  }

  @Test(arguments: [
    ("infinity", 315_576_000_000), ("-infinity", -315_576_000_000), ("P999999999999DT999999999999H", 315_576_000_000),
  ])
  func `a span is read whatever its digits`(text: String, seconds: Int64) {
    #expect(ValueParsing.interval(text)?.seconds == seconds)
  }

  @Test func `a span that no server writes is none`() {
    for text in ["P1000000000000D", "P" + String(repeating: "999999999999D", count: 200), "P", "PT", "P-"] {
      #expect(ValueParsing.interval(text).map { $0.seconds != 0 } != true, "\(text.prefix(40))")
    }
  }

  @Test func `arrays and JSON fill repeated fields`() async throws {
    try await withDatabase { database in
      let arena = Arena()
      let message = try #require(
        try await database.first(
          Lists.self,
          """
          SELECT ARRAY['a', 'b "c" \\ d', '', 'NULL', 'e,f'] AS string_values, ARRAY[1, 2, NULL, 3] AS int32_values,
                 '{}'::bigint[] AS int64_values, ARRAY[true, false] AS bool_values,
                 '[1.5, 2]'::jsonb AS double_values,
                 json_build_array(json_build_object('string_value', 'x', 'int32Value', 4), json_build_object())
                   AS messages
          """, in: arena))
      #expect(message.stringValues.map(\.string) == ["a", "b \"c\" \\ d", "", "NULL", "e,f"])
      #expect(Array(message.int32Values) == [1, 2, 3])
      #expect(message.int64Values.isEmpty)
      #expect(Array(message.boolValues) == [true, false])
      #expect(Array(message.doubleValues) == [1.5, 2])
      #expect(message.messages.count == 2)
      #expect(message.messages[0].stringValue == "x")
      #expect(message.messages[0].int32Value == 4)
    }
  }

  @Test func `all rows, which outlive the database`() async throws {
    let texts = try await withDatabase { database in
      let arena = Arena()
      let list = try await database.all(
        Scalars.self, "SELECT n AS int64_value, 'row ' || n AS string_value FROM generate_series(1, 5000) n", in: arena)
      database.close()
      return list.map(\.stringValue.string)
    }
    #expect(texts.count == 5000)
    #expect(texts.last == "row 5000")
  }

  @Test func `no row is nil`() async throws {
    try await withDatabase { database in
      let none = try await database.first(Scalars.self, "SELECT 1 AS int32_value WHERE false", in: Arena())
      #expect(none == nil)
    }
  }

  static let misfits: [(Query.Name, String)] = [
    (.noField, "has no field"), (.wrongType, "cannot become"), (.notMessage, "is not a message"),
    (.twice, "another column fills"), (.overflow, "does not fit"), (.unknownLabel, "does not fit"),
    (.months, "does not fit"), (.badJSON, "column"),
  ]

  @Test(arguments: misfits)
  func `what does not fit is said`(_ name: Query.Name, _ says: String) async throws {
    try await withDatabase { database in
      let error = await failure { try await name.run(database) }
      guard case .mapping(let text)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
      #expect(text.contains(says))
    }
  }

  @Test func `rows stop at the arena's limit`() async throws {
    try await withDatabase { database in
      let arena = Arena(limit: 1 << 16)
      let error = await failure {
        _ = try await database.all(Scalars.self, "SELECT n AS int64_value FROM generate_series(1, 100000) n", in: arena)
      }
      guard case .other("54000", _)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }
}

extension Query {
  /// Queries that do not fit their message.
  enum Name: Sendable {
    case noField, wrongType, notMessage, twice, overflow, unknownLabel, months, badJSON

    func run(_ database: Database) async throws {
      let arena = Arena()
      switch self {
      case .noField: _ = try await database.first(Scalars.self, "SELECT 1 AS unheard_of", in: arena)
      case .wrongType: _ = try await database.first(Scalars.self, "SELECT 'x'::text AS int32_value", in: arena)
      case .notMessage: _ = try await database.first(Scalars.self, "SELECT 1 AS \"int32_value.x\"", in: arena)
      case .twice: _ = try await database.first(Scalars.self, "SELECT 1 AS int32_value, 2 AS int32_value", in: arena)
      case .overflow: _ = try await database.first(Scalars.self, "SELECT 1::bigint << 40 AS int32_value", in: arena)
      case .unknownLabel: _ = try await database.first(Scalars.self, "SELECT 'mauve' AS color", in: arena)
      case .months: _ = try await database.first(WellKnown.self, "SELECT interval '1 month' AS duration", in: arena)
      case .badJSON: _ = try await database.first(Lists.self, "SELECT '{\"a\": 1}'::jsonb AS messages", in: arena)
      }
    }
  }
}
