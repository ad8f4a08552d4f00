import HTTPClient
import Testing

@testable import Platform

@Suite struct ProviderRetriesTests {
  private static let lost = HTTPClientError.broken("gone")

  @Test(
    arguments: [
      // Nobody knows whether it took effect.
      (lost, ProviderRequest.Repetition.harmless, true), (lost, .keyed, true), (lost, .never, false),
      (.timedOut, .harmless, true), (.timedOut, .keyed, true), (.timedOut, .never, false),
      // It was never sent.
      (.unreachable("refused"), .never, true), (.unreachable("refused"), .keyed, true),
      // It would fail again.
      (.insecure("expired"), .harmless, false), (.invalidRequest("a blank"), .harmless, false),
      (.tooLarge(limit: 1), .harmless, false), (.cancelled, .harmless, false), (.closed, .harmless, false),
    ] as [(HTTPClientError, ProviderRequest.Repetition, Bool)])
  func `a request without a response is repeated where that is safe`(
    error: HTTPClientError, repetition: ProviderRequest.Repetition, isRepeated: Bool
  ) {
    let pause = ProviderRetries().pause(
      after: .failure(error), attempt: 1, repetition, left: .seconds(5), jitter: 0.5)
    #expect((pause != nil) == isRepeated)
  }

  @Test func `pauses grow, are random within a half, and stay within their limits`() {
    let retries = ProviderRetries()
    let pause = { (attempt: Int, jitter: Double, left: Duration) -> Duration? in
      retries.pause(after: .failure(.timedOut), attempt: attempt, .keyed, left: left, jitter: jitter)
    }
    #expect(pause(1, 0, .seconds(5)) == .milliseconds(50))
    #expect(pause(1, 1, .seconds(5)) == .milliseconds(100))
    #expect(pause(2, 1, .seconds(5)) == .milliseconds(200))
    #expect(pause(3, 1, .seconds(5)) == nil)
    #expect(pause(1, 1, .milliseconds(100)) == nil)
  }

  @Test(arguments: [
    (200, false), (400, false), (401, false), (409, false), (501, false), (408, true), (425, true), (429, true),
    (500, true), (502, true), (503, true), (504, true),
  ])
  func `a status is transient or final`(status: Int, isTransient: Bool) {
    #expect(ProviderRetries.isTransient(status) == isTransient)
  }
}
