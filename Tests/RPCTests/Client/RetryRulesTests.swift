import EventLoop
import Testing

@testable import RPC

/// The rules of gRPC's retries (gRFC A6), without a socket or a clock.
@Suite struct RetryRulesTests {
  private static let policy = RetryPolicy(
    attempts: 4, backoff: Backoff(initial: .milliseconds(100), maximum: .milliseconds(300), multiplier: 2),
    codes: [.unavailable, .aborted])
  private static let milliseconds: Int64 = 1_000_000

  private struct Step {
    let failure: CallRetries.Failure
    let verdict: CallRetries.Verdict
  }

  /// Half of the random range, so that waits are exact.
  private func play(_ policy: RetryPolicy?, _ steps: [Step], budget: RetryBudget = RetryBudget()) -> CallRetries {
    var budget = budget
    var retries = CallRetries(policy)
    for (number, step) in steps.enumerated() {
      #expect(retries.after(step.failure, &budget, random: { 0.5 }) == step.verdict, "step \(number)")
    }
    return retries
  }

  @Test func waitsGrowUntilTheAttemptsAreUsedUp() {
    let failed = CallRetries.Failure.ended(.unavailable, .none)
    let retries = play(
      Self.policy,
      [
        Step(failure: failed, verdict: .retry(after: 100 * Self.milliseconds)),
        Step(failure: failed, verdict: .retry(after: 200 * Self.milliseconds)),
        Step(failure: failed, verdict: .retry(after: 300 * Self.milliseconds)),
        Step(failure: failed, verdict: .end),
      ])
    #expect(retries.previousAttempts == 3)
  }

  @Test func onlyThePolicysCodesAreRetried() {
    _ = play(Self.policy, [Step(failure: .ended(.notFound, .none), verdict: .end)])
    _ = play(Self.policy, [Step(failure: .ended(.aborted, .none), verdict: .retry(after: 100 * Self.milliseconds))])
    _ = play(nil, [Step(failure: .ended(.unavailable, .none), verdict: .end)])
    _ = play(.never, [Step(failure: .ended(.unavailable, .none), verdict: .end)])
  }

  @Test func aPolicyAsksForFiveAttemptsAtMost() {
    #expect(RetryPolicy(attempts: 100).attempts == 5)
    #expect(RetryPolicy(attempts: 0).attempts == 1)
  }

  @Test func theServerSaysHowLongToWait() {
    let failed = CallRetries.Failure.ended(.unavailable, .none)
    _ = play(
      Self.policy,
      [
        Step(failure: failed, verdict: .retry(after: 100 * Self.milliseconds)),
        Step(failure: .ended(.unavailable, .wait(milliseconds: 7)), verdict: .retry(after: 7 * Self.milliseconds)),
        // The client's own backoff starts again.
        Step(failure: failed, verdict: .retry(after: 100 * Self.milliseconds)),
        Step(failure: .ended(.unavailable, .wait(milliseconds: 7)), verdict: .end),
      ])
    _ = play(Self.policy, [Step(failure: .ended(.unavailable, .never), verdict: .end)])
    // A wait is no reason to repeat what the policy does not repeat.
    _ = play(Self.policy, [Step(failure: .ended(.notFound, .wait(milliseconds: 7)), verdict: .end)])
  }

  /// What the server's application never saw is made again without a policy: once if it was refused, a few times if it
  /// was not even sent. It does not count as an attempt.
  @Test func unprocessedCallsAreMadeAgainAtOnce() {
    let none = play(
      nil,
      [Step(failure: .refused, verdict: .again), Step(failure: .refused, verdict: .end)])
    #expect(none.previousAttempts == 0)
    let some = play(
      Self.policy,
      [
        Step(failure: .refused, verdict: .again),
        Step(failure: .refused, verdict: .retry(after: 100 * Self.milliseconds)),
      ])
    #expect(some.previousAttempts == 1)
    _ = play(
      nil,
      Array(repeating: Step(failure: .neverSent, verdict: .again), count: 10) + [
        Step(failure: .neverSent, verdict: .end)
      ])
  }

  @Test func nothingIsMadeAgainOnceTheAnswerHasBegun() {
    var budget = RetryBudget()
    for failure in [CallRetries.Failure.ended(.unavailable, .none), .refused, .neverSent] {
      var retries = CallRetries(Self.policy)
      retries.commit()
      #expect(retries.after(failure, &budget, random: { 0.5 }) == .end)
    }
  }

  /// Ten tokens: five failures in a row stop retries, successes bring them back.
  @Test func theBudgetStopsRetriesWhileTheServerFails() {
    var budget = RetryBudget(tokens: 10, tokensPerSuccess: 0.5)
    let verdicts = (1...6).map { _ in
      var retries = CallRetries(Self.policy)
      return retries.after(.ended(.unavailable, .none), &budget, random: { 0.5 })
    }
    #expect(verdicts == Array(repeating: .retry(after: 100 * Self.milliseconds), count: 4) + [.end, .end])
    for _ in 0..<3 {
      #expect(!budget.allowsRetry)
      CallRetries(Self.policy).succeeded(&budget)
    }
    #expect(budget.allowsRetry)
  }

  /// Refusals to be asked again count as failures; failures that say nothing of the server's health do not.
  @Test func whatTheBudgetCounts() {
    var budget = RetryBudget(tokens: 2)
    var fatal = CallRetries(Self.policy)
    _ = fatal.after(.ended(.invalidArgument, .none), &budget, random: { 0.5 })
    #expect(budget == RetryBudget(tokens: 2))
    var pushedBack = CallRetries(Self.policy)
    _ = pushedBack.after(.ended(.invalidArgument, .never), &budget, random: { 0.5 })
    #expect(!budget.allowsRetry)
    var without = RetryBudget(tokens: 2)
    var unpolicied = CallRetries(nil)
    _ = unpolicied.after(.ended(.unavailable, .none), &without, random: { 0.5 })
    #expect(without == RetryBudget(tokens: 2))
  }

  @Test(arguments: [
    ("0", RetryPushback.wait(milliseconds: 0)), ("7", .wait(milliseconds: 7)),
    ("2147483647", .wait(milliseconds: 2_147_483_647)), ("2147483648", .never), ("99999999999", .never),
    ("-1", .never), ("", .never), ("007", .never), ("1.5", .never), ("soon", .never), (" 1", .never), ("+1", .never),
  ])
  func pushback(text: String, expected: RetryPushback) { #expect(RetryPushback(Array(text.utf8)) == expected) }

  private static let asked: [(wait: Duration?, expected: RetryPushback)] = [
    (.milliseconds(30), .wait(milliseconds: 30)), (.zero, .wait(milliseconds: 0)),
    (.nanoseconds(1), .wait(milliseconds: 1)), (.microseconds(1_001), .wait(milliseconds: 2)),
    (.seconds(-5), .wait(milliseconds: 0)), (.seconds(Int64.max), .wait(milliseconds: Int64(Int32.max))), (nil, .never),
  ]

  @Test(arguments: asked)
  func aServerSaysHowLongToWait(wait: Duration?, expected: RetryPushback) {
    var trailers = Metadata()
    trailers.addRetryPushback(wait)
    #expect(RetryPushback(Array((trailers["grpc-retry-pushback-ms"] ?? "").utf8)) == expected)
  }

  @Test func waitsLieWithinAFifthOfTheirLength() {
    let backoff = Backoff(initial: .seconds(1), maximum: .seconds(120), multiplier: 1.6)
    #expect(backoff.delay(afterFailures: 1, random: 0) == 800 * Self.milliseconds)
    #expect(backoff.delay(afterFailures: 1, random: 0.5) == 1_000 * Self.milliseconds)
    #expect(backoff.delay(afterFailures: 1, random: 0.999) < 1_200 * Self.milliseconds)
    #expect(backoff.delay(afterFailures: 3, random: 0.5) == 2_560 * Self.milliseconds)
    #expect(backoff.delay(afterFailures: 1_000_000_000, random: 0.5) == 120_000 * Self.milliseconds)
  }

  @Test func nonsenseWaitsDoNoHarm() {
    let shrinking = Backoff(initial: .seconds(1), maximum: .seconds(2), multiplier: 0)
    #expect(shrinking.delay(afterFailures: 1_000_000_000, random: 0.5) == 1_000 * Self.milliseconds)
    let negative = Backoff(initial: .seconds(-1), maximum: .seconds(-1), multiplier: 2)
    #expect(negative.delay(afterFailures: 5, random: 0.5) == 0)
    let endless = Backoff(initial: .seconds(Int64.max), maximum: .seconds(Int64.max), multiplier: 2)
    #expect(endless.delay(afterFailures: 5, random: 0.999) > 0)
  }

  @Test func aReplayKeepsEverythingOrNothing() {
    var replay = ReplayBuffer(bytesMax: 10)
    replay.add([1, 2, 3])
    replay.add(Array(repeating: 0, count: 7))
    #expect(!replay.isOverfull && replay.messages.count == 2)
    replay.add([1])
    #expect(replay.isOverfull && replay.messages.count == 3)
    replay.drop()
    replay.add([1])
    #expect(replay.isIncomplete && replay.messages.isEmpty && replay.bytes == 0)
  }
}
