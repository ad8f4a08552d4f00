import Testing

@testable import Postgres

@Suite struct ServerRestartsTests {
  @Test func `a server that ends at once is started ever later, and one that has started begins anew`() {
    var restarts = ServerRestarts()
    var pauses: [UInt32] = []
    for _ in 0..<100 {
      restarts.ended(after: .seconds(1))
      pauses.append(restarts.pauseSeconds)
    }
    #expect(pauses.prefix(9) == [1, 1, 1, 2, 4, 8, 16, 32, 32] && pauses.last == 32)
    #expect(restarts.hasFailedToStart)
    restarts.ended(after: .seconds(3_600))
    #expect(restarts.pauseSeconds == 1 && !restarts.hasFailedToStart)
  }

  @Test func `only starts that fail in a row are a failure`() {
    var restarts = ServerRestarts()
    // Three ends in a year, and one of a server that another program started.
    for time in [Duration.seconds(1), .seconds(10_000_000), .seconds(1), nil, .seconds(1), .seconds(1)] as [Duration?] {
      restarts.ended(after: time)
      #expect(!restarts.hasFailedToStart)
    }
    restarts.ended(after: .seconds(1))
    #expect(restarts.hasFailedToStart)
  }
}
