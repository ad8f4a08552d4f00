import Credentials
import Platform
import Testing

@testable import Identity

/// A server whose clock was set, or that was stopped for a while, judges tokens.
@Suite struct CallerDirectoryTests {
  private static let now = Instant(clamping: 1_800_000_000_000_000)
  private let settings = IdentitySettings()

  private func key(_ id: String) -> AccessTokenKey {
    let signing = SigningKey()
    return AccessTokenKey(
      id: id, signing: signing, verifying: signing.verifying,
      schedule: SigningKeySchedule(
        signsFrom: Self.now - .seconds(60), signsUntil: Self.now + .seconds(3600),
        verifiesUntil: Self.now + .seconds(4260)))
  }

  private func token(_ key: AccessTokenKey) throws -> String {
    let claims = AccessClaims(
      userID: .none, sessionID: .none, version: 1, role: "customer", permissions: nil, sellerID: nil,
      methods: AuthenticationMethods(.password, second: false), issuedAt: Self.now, expiresAt: Self.now + .seconds(600))
    return try #require(AccessToken(settings: settings).text(claims, signedBy: KeySet([key]), at: Self.now))
  }

  private func error(
    _ token: String, _ directory: CallerDirectory, at now: Instant = now
  ) -> AuthenticationError? {
    do throws(AuthenticationError) {
      _ = try directory.caller(holding: token, at: now)
      return nil
    } catch {
      return error
    }
  }

  @Test func aServerThatWasStoppedOverARotationRefusesNobodysNewTokenForGood() throws {
    let (old, new) = (key("old"), key("new"))
    let directory = CallerDirectory(settings, now: Self.now)
    directory.learn(KeySet([old]), readAt: .steady - .seconds(300))
    #expect(error(try token(old), directory) == nil)
    #expect(error(try token(new), directory) == .undecided)
    directory.learn(KeySet([old, new]))
    #expect(error(try token(new), directory) == nil)
    #expect(error(try token(key("forged")), directory) == .invalid(reason: "unknownKey"))
  }

  @Test func aTokenThatWasVerifiedIsFromTheFutureOnceTheClockIsSetBack() throws {
    let known = key("k")
    let directory = CallerDirectory(settings, now: Self.now)
    directory.learn(KeySet([known]))
    let token = try token(known)
    #expect(error(token, directory) == nil)
    #expect(error(token, directory, at: Self.now - .seconds(3_600)) == .invalid(reason: "from the future"))
    #expect(error(token, directory, at: Self.now - .seconds(60)) == nil)
    #expect(error(token, directory, at: Self.now + .seconds(600)) == .expired)
  }
}
