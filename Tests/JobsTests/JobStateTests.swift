import Testing

@testable import Platform

@Suite struct JobStateTests {
  @Test(arguments: [
    (JobState.waiting, [JobState.Move.take: JobState.running, .cancel: .cancelled]),
    (
      .running,
      [
        .take: .running, .succeed: .done, .postpone: .waiting, .giveBack: .waiting, .giveUp: .dead,
        .cancel: .cancelled,
      ]
    ),
    (.done, [:]), (.dead, [.retry: .waiting]), (.cancelled, [.retry: .waiting]),
  ])
  func `a state has its moves and no others`(state: JobState, moves: [JobState.Move: JobState]) {
    for move in JobState.Move.allCases { #expect(state.after(move) == moves[move]) }
    #expect(state.isEnded == [.done, .dead, .cancelled].contains(state))
  }

  @Test(arguments: [
    (1, 0.0, Duration.seconds(30)), (1, 1.0, .seconds(15)), (1, 0.5, .milliseconds(22_500)),
    (2, 0.0, .seconds(60)), (3, 0.0, .seconds(120)), (9, 0.0, .seconds(7_680)),
    (10, 0.0, .seconds(14_400)), (14, 0.0, .seconds(14_400)), (14, 1.0, .seconds(7_200)),
    (0, 0.0, .seconds(30)), (1, -3.0, .seconds(30)), (1, 7.0, .seconds(15)),
  ])
  func `pauses double up to the longest, and chance shortens them`(failure: Int, chance: Double, pause: Duration) {
    #expect(JobBackoff().pause(afterFailure: failure, chance: chance) == pause)
  }

  @Test func `after the last failure there is no pause`() {
    #expect(JobBackoff().pause(afterFailure: 15, chance: 0) == nil)
    #expect(JobBackoff().pause(afterFailure: .max, chance: 0) == nil)
    var patient = JobBackoff()
    patient.failuresMax = .max
    #expect(patient.pause(afterFailure: .max - 1, chance: 0) == patient.longest)
    #expect(patient.pause(afterFailure: 40, chance: 0) == patient.longest)
  }

  @Test func `a job is tried for about a day`() {
    let backoff = JobBackoff()
    let whole = (1..<backoff.failuresMax).reduce(Duration.zero) { sum, failure in
      sum + (backoff.pause(afterFailure: failure, chance: 0.5) ?? .zero)
    }
    #expect(whole > .seconds(15 * 3_600) && whole < .seconds(36 * 3_600))
  }

  @Test(arguments: [
    (JobResult.succeeded, 3, JobState.done, 0, Duration.zero, ""),
    (.failed("no"), 0, .waiting, 1, .seconds(30), "no"),
    (.failed("no"), 14, .dead, 1, .zero, "no"),
    (.hopeless("never"), 0, .dead, 1, .zero, "never"),
    (.interrupted, 14, .waiting, 0, .zero, "interrupted by a stop of the server"),
    (.cancelled, 0, .cancelled, 0, .zero, "cancelled"),
  ])
  func `an attempt ends as its result says`(
    result: JobResult, failures: Int, state: JobState, more: Int, pause: Duration, reason: String
  ) {
    let outcome = JobOutcome(result, failures: failures, backoff: JobBackoff(), chance: 0)
    #expect(outcome.state == state && outcome.failures == more && outcome.pause == pause && outcome.reason == reason)
  }

  @Test func `a reason is short and of one line`() {
    let text = "550 \u{0}nobody\nthere " + String(repeating: "x", count: 900)
    let reason = JobOutcome(.failed(text), failures: 0, backoff: JobBackoff(), chance: 0).reason
    #expect(reason.hasPrefix("550 nobodythere xxx") && reason.unicodeScalars.count == JobOutcome.reasonScalarsMax)
  }
}
