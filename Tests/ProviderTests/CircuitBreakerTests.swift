import Testing

@testable import Platform

/// Seconds of the tests' own clock.
private func at(_ seconds: Double) -> Instant { Instant(clamping: Int64(seconds * 1_000_000)) }

@Suite struct CircuitBreakerTests {
  enum Step: Sendable {
    case admits(Double), refuses(Double), fails(Double), succeeds, abandons(Double), failsThrice(Double)
  }

  private static var rules: CircuitBreaker.Rules {
    var rules = CircuitBreaker.Rules()
    (rules.failuresMax, rules.pauseMin, rules.pauseMax) = (3, .seconds(1), .seconds(4))
    rules.trialMax = .seconds(10)
    return rules
  }

  @Test(
    arguments: [
      ("single failures are borne", [.fails(0), .fails(0), .admits(0), .succeeds, .fails(0), .fails(0), .admits(0)]),
      ("three in a row suspend for a second", [.failsThrice(0), .refuses(0), .refuses(0.9), .admits(1)]),
      ("one request tries, and no other beside it", [.failsThrice(0), .admits(1), .refuses(1), .refuses(10.9)]),
      ("a trial that works ends it", [.failsThrice(0), .admits(1), .succeeds, .admits(1), .admits(1)]),
      ("a trial that fails doubles it", [.failsThrice(0), .admits(1), .fails(1), .refuses(2.9), .admits(3)]),
      (
        "none is longer than four seconds",
        [
          .failsThrice(0), .admits(1), .fails(1), .admits(3), .fails(3), .admits(7), .fails(7), .refuses(10.9),
          .admits(11),
        ]
      ),
      (
        "after a success it is short again",
        [
          .failsThrice(0), .admits(1), .fails(1), .admits(3), .succeeds, .failsThrice(3), .refuses(3.9), .admits(4),
        ]
      ),
      ("a trial that tells nothing leaves it to the next", [.failsThrice(0), .admits(1), .abandons(2), .admits(2)]),
      ("a trial that never ends does not prolong it", [.failsThrice(0), .admits(1), .admits(11)]),
      ("what began before does not prolong it", [.failsThrice(0), .fails(0.5), .fails(0.9), .admits(1)]),
      ("what began before and works ends it", [.failsThrice(0), .succeeds, .admits(0)]),
      ("a request that tells nothing is no success", [.fails(0), .fails(0), .abandons(0), .fails(0), .refuses(0)]),
    ] as [(String, [Step])])
  func `it suspends a provider that fails, and tries it again`(_ story: String, steps: [Step]) {
    var breaker = CircuitBreaker(Self.rules)
    for (index, step) in steps.enumerated() {
      switch step {
      case .admits(let seconds):
        let isAdmitted = breaker.admits(at: at(seconds))
        #expect(isAdmitted, "\(story): step \(index)")
      case .refuses(let seconds):
        let isAdmitted = breaker.admits(at: at(seconds))
        #expect(!isAdmitted, "\(story): step \(index)")
      case .fails(let seconds): breaker.failed(at: at(seconds))
      case .failsThrice(let seconds): for _ in 0..<3 { breaker.failed(at: at(seconds)) }
      case .succeeds: breaker.succeeded()
      case .abandons(let seconds): breaker.abandoned(at: at(seconds))
      }
    }
  }
}
