import Mail
import Testing

@Suite struct BackoffTests {
  @Test(arguments: [
    (1, 0.0, Duration.seconds(30)), (1, 1.0, .seconds(15)), (1, 0.5, .milliseconds(22_500)),
    (2, 0.0, .seconds(60)), (3, 0.0, .seconds(120)), (9, 0.0, .seconds(7_680)),
    (10, 0.0, .seconds(14_400)), (14, 0.0, .seconds(14_400)), (14, 1.0, .seconds(7_200)),
    (0, 0.0, .seconds(30)), (1, -3.0, .seconds(30)), (1, 7.0, .seconds(15)),
  ])
  func `pauses double up to the longest, and chance shortens them`(attempt: Int, chance: Double, pause: Duration) {
    #expect(MailBackoff().pause(afterAttempt: attempt, chance: chance) == pause)
  }

  @Test func `after the last attempt there is none`() {
    #expect(MailBackoff().pause(afterAttempt: 15, chance: 0) == nil)
    #expect(MailBackoff().pause(afterAttempt: .max, chance: 0) == nil)
    var patient = MailBackoff()
    patient.attemptsMax = .max
    #expect(patient.pause(afterAttempt: .max - 1, chance: 0) == patient.longest)
    #expect(patient.pause(afterAttempt: 40, chance: 0) == patient.longest)
  }

  @Test func `an e-mail is tried for about a day`() {
    let backoff = MailBackoff()
    let whole = (1..<backoff.attemptsMax).reduce(Duration.zero) { sum, attempt in
      sum + (backoff.pause(afterAttempt: attempt, chance: 0.5) ?? .zero)
    }
    #expect(whole > .seconds(15 * 3_600) && whole < .seconds(36 * 3_600))
  }
}
