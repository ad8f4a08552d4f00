import Platform
import Testing

@testable import Identity

/// Which revocations need not be read again.
@Suite struct RevocationProgressTests {
  private static let now = Instant(clamping: 1_800_000_000_000_000)

  private static func position(_ snapshot: String) throws -> RevocationPosition {
    RevocationPosition(snapshot: try #require(Snapshot(snapshot)), server: "a", lastID: 0)
  }

  private static func known() throws -> RevocationProgress {
    var progress = RevocationProgress()
    progress.end(progress.begin(at: now), upTo: try position("9:9:"), hasRefreshed: true)
    return progress
  }

  @Test func thePositionIsTrustedForAnHour() throws {
    let progress = try Self.known()
    let next = progress.begin(at: Self.now + .milliseconds(250))
    #expect(next.known == (try Self.position("9:9:")) && !next.isRefreshDue)
    #expect(progress.begin(at: Self.now + .seconds(30)).isRefreshDue)
    #expect(progress.begin(at: Self.now + .seconds(3_600)).known == nil)
    let setBack = progress.begin(at: Self.now - .seconds(1))
    #expect(setBack.known == nil && setBack.isRefreshDue)
  }

  @Test func aReadInProgressDoesNotPreventStartingOver() throws {
    var progress = try Self.known()
    let underWay = progress.begin(at: Self.now + .seconds(60))
    progress.startOver()
    progress.end(underWay, upTo: try Self.position("12:12:"), hasRefreshed: true)
    let next = progress.begin(at: Self.now + .seconds(60))
    #expect(next.known == nil && next.isRefreshDue)
    progress.end(next, upTo: try Self.position("13:13:"), hasRefreshed: true)
    #expect(progress.begin(at: Self.now + .seconds(61)).known == (try Self.position("13:13:")))
  }
}
