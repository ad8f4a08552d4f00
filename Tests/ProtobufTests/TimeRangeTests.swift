import FastShopAPI
import Protobuf
import TestAPI
import Testing

@Suite("Points and spans of time that are out of range are refused, wherever they are")
struct TimeRangeTests {
  private static let first: Int64 = -62_135_596_800
  private static let last: Int64 = 253_402_300_799
  private static let longest: Int64 = 315_576_000_000

  private static let timestamps: [(seconds: Int64, nanos: Int32, isGood: Bool)] = [
    (0, 0, true), (first, 0, true), (last, 999_999_999, true), (first - 1, 999_999_999, false), (last + 1, 0, false),
    (10_000_000_000_000, 0, false), (.max, 0, false), (.min, 0, false), (0, -1, false), (0, 1_000_000_000, false),
    (0, .max, false), (0, .min, false), (-1, -1, false),
  ]

  private static let durations: [(seconds: Int64, nanos: Int32, isGood: Bool)] = [
    (0, 0, true), (longest, 0, true), (-longest, 0, true), (0, -999_999_999, true), (-1, -1, true), (1, 1, true),
    (longest + 1, 0, false), (-longest - 1, 0, false), (.max, 0, false), (.min, 0, false), (1, -1, false),
    (-1, 1, false), (0, 1_000_000_000, false), (0, -1_000_000_000, false), (0, .min, false),
  ]

  private static func timestamp(_ seconds: Int64, _ nanos: Int32, in arena: Arena) -> Timestamp {
    let time = Timestamp(in: arena)
    time.seconds = seconds
    time.nanos = nanos
    return time
  }

  private static func duration(_ seconds: Int64, _ nanos: Int32, in arena: Arena) -> ProtobufDuration {
    let duration = ProtobufDuration(in: arena)
    duration.seconds = seconds
    duration.nanos = nanos
    return duration
  }

  /// What a message's bytes are refused for.
  private static func refusal<M: Message>(_ message: M) throws -> DecodeError? {
    refusal(M.self, try message.encoded())
  }

  private static func refusal<M: Message>(_ type: M.Type, _ bytes: [UInt8]) -> DecodeError? {
    do throws(DecodeError) {
      _ = try M(decoding: bytes, in: Arena())
      return nil
    } catch {
      return error
    }
  }

  @Test("timestamps in bytes and in the text format", arguments: timestamps.indices)
  func checksTimestamps(index: Int) throws {
    let (seconds, nanos, isGood) = Self.timestamps[index]
    let arena = Arena()
    let message = WellKnown(in: arena)
    message.time = Self.timestamp(seconds, nanos, in: arena)
    #expect(try Self.refusal(message) == (isGood ? nil : .timestampOutOfRange(field: "time")))
    #expect(try Self.refusal(try #require(message.time)) == (isGood ? nil : .timestampOutOfRange(field: "")))
    let text = "time { seconds: \(seconds) nanos: \(nanos) }"
    if isGood {
      #expect(try WellKnown(textFormat: text, in: Arena()).time?.seconds == seconds)
      #expect(try WellKnown(json: message.json(), in: Arena()).time?.seconds == seconds)
    } else {
      let error = #expect(throws: TextFormatError.self) { try WellKnown(textFormat: text, in: Arena()) }
      #expect(error?.path == "time")
    }
  }

  @Test("durations in bytes and in the text format", arguments: durations.indices)
  func checksDurations(index: Int) throws {
    let (seconds, nanos, isGood) = Self.durations[index]
    let arena = Arena()
    let message = WellKnown(in: arena)
    message.duration = Self.duration(seconds, nanos, in: arena)
    #expect(try Self.refusal(message) == (isGood ? nil : .durationOutOfRange(field: "duration")))
    let text = "duration { seconds: \(seconds) nanos: \(nanos) }"
    if isGood {
      #expect(try WellKnown(textFormat: text, in: Arena()).duration?.nanos == nanos)
      #expect(try WellKnown(json: message.json(), in: Arena()).duration?.nanos == nanos)
    } else {
      let error = #expect(throws: TextFormatError.self) { try WellKnown(textFormat: text, in: Arena()) }
      #expect(error?.path == "duration")
    }
  }

  @Test(
    "JSON",
    arguments: [
      (#"{"time": "10000-01-01T00:00:00Z"}"#, "time"), (#"{"time": "0000-12-31T23:59:59Z"}"#, "time"),
      (#"{"time": "9999-12-31T23:59:59-00:01"}"#, "time"), (#"{"time": 253402300800}"#, "time"),
      (#"{"time": {"seconds": 1}}"#, "time"), (#"{"duration": "315576000001s"}"#, "duration"),
      (#"{"duration": "-315576000001s"}"#, "duration"), (#"{"duration": "1"}"#, "duration"),
    ])
  func checksJSON(json: String, path: String) {
    let error = #expect(throws: JSONError.self) { try WellKnown(json: json, in: Arena()) }
    #expect(error?.path == path)
  }

  @Test("the path says which of many")
  func namesThePath() throws {
    let arena = Arena()
    let lists = Lists(in: arena)
    for seconds in [0, 1, Self.last + 1] { lists.times.append(Self.timestamp(seconds, 0, in: arena)) }
    #expect(try Self.refusal(lists) == .timestampOutOfRange(field: "times[2]"))

    let maps = Maps(in: arena)
    maps.bySfixed64[7] = Self.timestamp(0, -1, in: arena)
    #expect(try Self.refusal(maps) == .timestampOutOfRange(field: "by_sfixed64[0].value"))

    let everything = Everything(in: arena)
    let inner = WellKnown(in: arena)
    inner.duration = Self.duration(1, -1, in: arena)
    everything.wellKnown = inner
    #expect(try Self.refusal(everything) == .durationOutOfRange(field: "well_known.duration"))
  }

  @Test("a field that comes twice is checked as what both make, inside and outside of a message that comes twice")
  func checksWhatIsMerged() throws {
    let arena = Arena()
    let (one, other) = (WellKnown(in: arena), WellKnown(in: arena))
    one.duration = Self.duration(1, 0, in: arena)
    other.duration = Self.duration(0, -1, in: arena)
    let (outer, another) = (Everything(in: arena), Everything(in: arena))
    (outer.wellKnown, another.wellKnown) = (one, other)
    let bytes = try outer.encoded() + another.encoded()
    let merged = try? Everything(decoding: bytes, in: Arena()).wellKnown?.duration
    if let merged { #expect(merged.seconds == 0 || merged.nanos == 0) }
    #expect(try Self.refusal(WellKnown.self, one.encoded() + [0x12, 0x02, 0x10, 0x01]) == nil)
  }

  @Test("the error is fit to be shown, and says what would be right")
  func describesItself() {
    #expect("\(DecodeError.timestampOutOfRange(field: "a.b"))".hasPrefix("field a.b must be from 0001-01-01T00:00:00Z"))
    #expect("\(DecodeError.durationOutOfRange(field: ""))".hasPrefix("it must be from -315576000000"))
  }
}
