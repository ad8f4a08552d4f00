import Testing

@testable import fastshop

@Suite struct MemoryTrimmerTests {
  private static let mebibyte = 1024 * 1024
  private static let second: Int64 = 1_000_000_000

  /// What was needed for a while goes back, and where nothing comes back, nobody looks often.
  @Test func memoryGoesBackAfterAFlood() {
    var rule = MemoryTrimRule(residentBytes: 100 * Self.mebibyte)
    func isDue(_ mebibytes: Int, at seconds: Int64) -> Bool {
      rule.isDue(residentBytes: mebibytes * Self.mebibyte, at: seconds * Self.second)
    }
    #expect(!isDue(131, at: 5))
    #expect(isDue(132, at: 10))
    // It is in use.
    rule.returned(from: 500 * Self.mebibyte, to: 490 * Self.mebibyte, at: 10 * Self.second)
    #expect(!isDue(500, at: 29))
    #expect(isDue(500, at: 30))
    rule.returned(from: 500 * Self.mebibyte, to: 120 * Self.mebibyte, at: 30 * Self.second)
    #expect(!isDue(120, at: 60))
    #expect(isDue(300, at: 60), "the least it ever had counts")
    for at in [60, 80, 120, 200, 360, 680] as [Int64] {
      rule.returned(from: 300 * Self.mebibyte, to: 300 * Self.mebibyte, at: at * Self.second)
    }
    #expect(!isDue(300, at: 979))
    #expect(isDue(300, at: 980), "five minutes at most")
    #expect(!isDue(332, at: 689) && isDue(332, at: 690), "another flood is looked after at once")
  }
}
