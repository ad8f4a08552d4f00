import TestAPI
import Testing

@testable import Protobuf

@Suite("writing proto3 JSON")
struct JSONWritingTests {
  private let arena = Arena()

  @Test("has options for names of fields and numbers of enum values")
  func options() throws {
    let message = try Scalars(json: #"{"int32Value": 1, "color": "COLOR_RED"}"#, in: arena)
    #expect(try message.json(JSONWritingOptions(keepsProtoNames: true)) == #"{"int32_value":1,"color":"COLOR_RED"}"#)
    #expect(try message.json(JSONWritingOptions(writesEnumNumbers: true)) == #"{"int32Value":1,"color":1}"#)
  }

  @Test(
    "refuses what the text forms of well-known types cannot say",
    arguments: [
      "mask { paths: 'camelCase' }", "mask { paths: 'a__b' }", "mask { paths: 'a_' }", "mask { paths: 'a,b' }",
      "mask { paths: 'a_2' }", "any { type_url: 'type.googleapis.com/no.such.Type' }",
    ])
  func refuses(_ text: String) throws {
    let message = try WellKnown(textFormat: text, in: arena)
    #expect(throws: JSONWritingError.self) { try message.json() }
  }

  /// No decoder takes such, but a program can make them.
  @Test(
    "refuses times that none of its readers would take",
    arguments: [(253_402_300_800, 0), (-62_135_596_801, 0), (0, -1), (0, 1_000_000_000)] as [(Int64, Int32)])
  func refusesTimes(seconds: Int64, nanos: Int32) {
    let time = Timestamp(in: arena)
    (time.seconds, time.nanos) = (seconds, nanos)
    #expect(throws: JSONWritingError.self) { try time.json() }
  }

  @Test(
    "refuses durations that none of its readers would take",
    arguments: [(1, -1), (-1, 1), (315_576_000_001, 0), (0, 1_000_000_000)] as [(Int64, Int32)])
  func refusesDurations(seconds: Int64, nanos: Int32) {
    let duration = ProtobufDuration(in: arena)
    (duration.seconds, duration.nanos) = (seconds, nanos)
    #expect(throws: JSONWritingError.self) { try duration.json() }
  }

  @Test("writes the last of several map entries with one key, which the wire allows")
  func duplicateKeys() throws {
    let entry: [UInt8] = [0x0a, 0x06, 0x0a, 0x01, 0x61, 0x12, 0x01]
    let maps = try Maps(decoding: entry + [0x31] + entry + [0x32], in: arena)
    #expect(try maps.json() == #"{"byString":{"a":"2"}}"#)
    #expect(maps.description == #"by_string { key: "a" value: "2" }"#)
  }

  @Test(
    "writes the shortest digits that read back as the same number",
    arguments: [
      0.1, 1.0 / 3, 1e21, 1e22, 123_456.789, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, 0x1p53, -0.0,
    ])
  func floats(_ value: Double) throws {
    let message = Scalars(in: arena)
    message.doubleValue = value
    message.floatValue = Float(value).isFinite ? Float(value) : Float.greatestFiniteMagnitude
    let back = try Scalars(json: message.json(), in: arena)
    #expect(back.doubleValue.bitPattern == value.bitPattern)
    #expect(back.floatValue.bitPattern == message.floatValue.bitPattern)
  }

  @Test("writes and reads every year that there is")
  func years() throws {
    let message = Timestamp(in: arena)
    let range = TimestampText.secondsRange
    // 37 days and a bit, so that all months, days and hours come.
    for seconds in stride(from: range.lowerBound, through: range.upperBound, by: 37 * 86_400 + 12_345) {
      message.seconds = seconds
      #expect(try Timestamp(json: message.json(), in: arena).seconds == seconds)
    }
  }
}
