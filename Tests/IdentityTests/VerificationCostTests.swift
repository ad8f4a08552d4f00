import Credentials
import Platform
import Testing

@testable import Identity

/// Tokens are verified on the loops, between other calls: it must not take long. The bounds are far above what an
/// optimised build needs, so that they hold in any build and on a busy machine.
@Suite struct VerificationCostTests {
  private static let now = Instant(clamping: 1_800_000_000_000_000)
  private static let rounds = 5
  private static let lookUps = 2_000
  /// A signature, and some JSON.
  private static let firstMax: Duration = .milliseconds(5)
  /// A look into a table.
  private static let laterMax: Duration = .microseconds(100)

  private let directory: CallerDirectory
  private let tokens: [String]

  init() throws {
    let (settings, signing) = (IdentitySettings(), SigningKey())
    let keys = KeySet([
      AccessTokenKey(
        id: "k1", signing: signing, verifying: signing.verifying,
        schedule: SigningKeySchedule(
          signsFrom: Self.now - .seconds(60), signsUntil: Self.now + .seconds(3600),
          verifiesUntil: Self.now + .seconds(4260)))
    ])
    directory = CallerDirectory(settings, now: Self.now)
    directory.learn(keys)
    tokens = try (0..<Self.rounds).map { number in
      let claims = AccessClaims(
        userID: .none, sessionID: .none, version: Int64(number), role: "customer", permissions: nil, sellerID: nil,
        methods: AuthenticationMethods(.password, second: false), issuedAt: Self.now,
        expiresAt: Self.now + .seconds(600))
      return try #require(AccessToken(settings: settings).text(claims, signedBy: keys, at: Self.now))
    }
  }

  /// The median of what `body` takes for each of the tokens, divided by `count`.
  private func median(of count: Int, _ body: (String) throws -> Void) rethrows -> Duration {
    let clock = ContinuousClock()
    let times = try tokens.map { token in try clock.measure { try body(token) } }
    return times.sorted()[Self.rounds / 2] / count
  }

  @Test func aTokenIsVerifiedInNoTimeThatOthersWouldNotice() throws {
    let first = try median(of: 1) { token in _ = try directory.caller(holding: token, at: Self.now) }
    let later = try median(of: Self.lookUps) { token in
      for _ in 0..<Self.lookUps { _ = try directory.caller(holding: token, at: Self.now) }
    }
    #expect(first < Self.firstMax)
    #expect(later < Self.laterMax)
    #expect(later < first, "the signature is computed again")
    print("a token costs \(first) when it is seen first, and \(later) afterwards")
  }
}
