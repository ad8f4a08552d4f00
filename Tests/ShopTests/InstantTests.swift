import Platform
import Protobuf
import Testing

@Suite struct InstantTests {
  private static let first: Int64 = -62_135_596_800
  private static let last: Int64 = 253_402_300_799

  private static func timestamp(_ seconds: Int64, _ nanos: Int32) -> Timestamp {
    let timestamp = Timestamp(in: Arena())
    timestamp.seconds = seconds
    timestamp.nanos = nanos
    return timestamp
  }

  @Test(
    arguments: [
      (0, 0, 0), (1, 999_999_999, 1_999_999), (-1, 1_000, -999_999), (first, 0, first * 1_000_000),
      (last, 999_999_999, last * 1_000_000 + 999_999), (first - 1, 999_999_999, nil), (last + 1, 0, nil),
      (.max, 0, nil), (.min, 0, nil), (10_000_000_000_000, 0, nil), (0, -1, nil), (0, 1_000_000_000, nil),
    ] as [(Int64, Int32, Int64?)])
  func aTimestampIsAnInstantIfItIsInRange(seconds: Int64, nanos: Int32, microseconds: Int64?) {
    let instant = Instant(Self.timestamp(seconds, nanos))
    #expect(instant?.microseconds == microseconds)
    guard let instant else { return }
    let back = instant.timestamp(in: Arena())
    #expect(back.seconds == seconds && back.nanos == nanos / 1_000 * 1_000)
  }

  @Test func secondsAndMicrosecondsOutOfRangeAreNone() {
    for seconds in [Int64.min, Self.first - 1, Self.last + 1, .max] { #expect(Instant(seconds: seconds) == nil) }
    for microseconds in [Int64.min, Self.first * 1_000_000 - 1, (Self.last + 1) * 1_000_000, .max] {
      #expect(Instant(microseconds: microseconds) == nil)
      #expect(Instant(clamping: microseconds) == (microseconds < 0 ? .earliest : .latest))
    }
    #expect(Instant(seconds: Self.first) == .earliest && Instant(seconds: Self.last)?.seconds == Self.last)
  }

  @Test func sumsEndWhereTheRangeEnds() {
    let now = Instant.now
    let durations: [Duration] = [
      .seconds(Int64.max), .seconds(Int64.min), .seconds(300_000_000_000), .seconds(-300_000_000_000),
    ]
    for duration in durations {
      #expect(now + duration == (duration > .zero ? .latest : .earliest))
      #expect(now - duration == (duration > .zero ? .earliest : .latest))
    }
    #expect(Instant.latest - Instant.earliest == .microseconds((Self.last - Self.first + 1) * 1_000_000 - 1))
    #expect((now + .microseconds(7)) - now == .microseconds(7) && now - .seconds(1) < now)
  }
}
