import Testing

@testable import Protobuf

@Suite("texts of well-known types")
struct WellKnownTextTests {
  @Test(
    "a point in time is read in any offset and written in UTC",
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"),
      ("1970-01-01T00:00:00.000000001Z", 0, 1, "1970-01-01T00:00:00.000000001Z"),
      ("1969-12-31T23:59:59.9Z", -1, 900_000_000, "1969-12-31T23:59:59.900Z"),
      ("2024-02-29T12:00:00.123456+00:00", 1_709_208_000, 123_456_000, "2024-02-29T12:00:00.123456Z"),
      ("2026-11-21T01:00:00+05:30", 1_795_202_999 + 1, 0, "2026-11-20T19:30:00Z"),
      ("0001-01-01T00:00:00Z", -62_135_596_800, 0, "0001-01-01T00:00:00Z"),
      ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
      ("2000-01-01T00:30:00+01:00", 946_682_999 + 1, 0, "1999-12-31T23:30:00Z"),
    ] as [(String, Int64, Int32, String)])
  func timestamps(_ text: String, _ seconds: Int64, _ nanos: Int32, _ written: String) throws {
    let time = try #require(bytes(text) { TimestampText($0) })
    #expect(time.seconds == seconds)
    #expect(time.nanos == nanos)
    var output = OutputText()
    time.write(to: &output)
    #expect(output.string == written)
  }

  @Test(
    "what is no point in time is refused",
    arguments: [
      "", "2026", "2026-11-21", "2026-11-21 00:00:00Z", "2026-11-21T00:00:00", "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
      "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z", "2026-11-21T23:59:60Z", "2026-11-21T00:00:00.Z",
      "2026-11-21T00:00:00.1234567890Z", "2026-11-21T00:00:00z", "2026-11-21T00:00:00+1:00",
      "2026-11-21T00:00:00+24:00", "2026-11-21T00:00:00ZZ", "+026-11-21T00:00:00Z", "2026-11-21T00:00:00+00",
      "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    ])
  func badTimestamps(_ text: String) {
    #expect(bytes(text) { TimestampText($0) } == nil)
  }

  @Test(
    "a duration is read and written",
    arguments: [
      ("0s", 0, 0, "0s"), ("1.5s", 1, 500_000_000, "1.500s"), ("-1.000005s", -1, -5000, "-1.000005s"),
      ("-0.000000001s", 0, -1, "-0.000000001s"), ("315576000000s", 315_576_000_000, 0, "315576000000s"),
      ("007s", 7, 0, "7s"),
    ] as [(String, Int64, Int32, String)])
  func durations(_ text: String, _ seconds: Int64, _ nanos: Int32, _ written: String) throws {
    let duration = try #require(bytes(text) { DurationText($0) })
    #expect(duration.seconds == seconds)
    #expect(duration.nanos == nanos)
    var output = OutputText()
    duration.write(to: &output)
    #expect(output.string == written)
  }

  @Test(
    "what is no duration is refused",
    arguments: [
      "", "s", "1", "1S", " 1s", "1 s", "+1s", "--1s", ".5s", "1.s", "1.0000000001s", "315576000001s",
      "99999999999999999999s", "1s1s",
    ])
  func badDurations(_ text: String) {
    #expect(bytes(text) { DurationText($0) } == nil)
  }

  @Test(
    "base 64 is read in both alphabets, padded or not",
    arguments: [
      ("", []), ("AA==", [0]), ("AA", [0]), ("AAE=", [0, 1]), ("AAE", [0, 1]), ("AAEC", [0, 1, 2]),
      ("+/8=", [0xfb, 0xff]), ("-_8", [0xfb, 0xff]), ("____", [0xff, 0xff, 0xff]),
    ] as [(String, [UInt8])])
  func base64(_ text: String, _ expected: [UInt8]) {
    #expect(decodedBase64(text) == expected)
    var output = OutputText()
    expected.withUnsafeBytes { Base64.encode($0, to: &output) }
    #expect(decodedBase64(output.string) == expected)
    #expect(output.count % 4 == 0)
  }

  @Test("what is not base 64 is refused", arguments: ["A", "A=", "A===", "AAAAA", "AA=A", "A A=", "AA=", "é", "AAA\n"])
  func badBase64(_ text: String) {
    #expect(decodedBase64(text) == nil)
  }

  @Test(
    "paths of a field mask go to lowerCamelCase and back",
    arguments: [
      ("title", "title"), ("price.amount_minor", "price.amountMinor"), ("a_b_c.d", "aBC.d"), ("_x", "X"), ("*", "*"),
    ])
  func paths(_ path: String, _ camelCase: String) {
    var output = OutputText()
    #expect(bytes(path) { FieldMaskPath.writeCamelCase($0, to: &output) })
    #expect(output.string == camelCase)
    let room = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * camelCase.utf8.count)
    defer { room.deallocate() }
    let count = bytes(camelCase) { FieldMaskPath.snakeCase($0, into: room) }
    #expect(count.map { String(decoding: UnsafeBufferPointer(start: room, count: $0), as: UTF8.self) } == path)
  }

  private func bytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    Array(text.utf8).withUnsafeBytes(body)
  }

  private func decodedBase64(_ text: String) -> [UInt8]? {
    let room = UnsafeMutablePointer<UInt8>.allocate(capacity: Base64.decodedCountMax(text.utf8.count))
    defer { room.deallocate() }
    return bytes(text) { Base64.decode($0, into: room) }.map { Array(UnsafeBufferPointer(start: room, count: $0)) }
  }
}
