import Testing

@testable import Platform

@Suite struct ClockReadingTests {
  private static let second: Int64 = 1_000_000

  @Test(
    "what a reading says of the offset between the clocks",
    arguments: [
      ("they agree", 1_000, 10, 10, 990, 0), ("within what the reading can tell", 1_004, 10, 20, 990, 0),
      ("the database's clock is ahead", 5_000, 10, 10, 990, 4_000),
      ("the database's clock is behind", 400, 10, 10, 990, -600),
      ("it was set ten years ahead", 315_360_000_000_990, 10, 30, 960, 315_360_000_000_010),
      ("the answer comes before the question", 1_000, 30, 10, 970, 0),
    ] as [(String, Int64, Int64, Int64, Int64, Int64)])
  func corrections(
    _ story: String, database: Int64, asked: Int64, answered: Int64, offset: Int64, correction: Int64
  ) {
    let reading = ClockReading(database: database, askedAt: asked, answeredAt: answered)
    #expect(reading.correction(of: offset) == correction, "\(story)")
  }

  @Test func theClockForDurationsGoesOnAndTheOtherIsThePresent() {
    let (steady, now) = (Instant.steady, Instant.now)
    #expect(Instant.steady >= steady)
    #expect(Instant.now >= now && now.seconds > 1_700_000_000)
  }
}
