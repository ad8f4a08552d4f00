import Credentials
import FoundationEssentials
import Platform
import Testing

@testable import Identity

@Suite struct AccessTokenTests {
  private static let now = Instant(clamping: 1_800_000_000_000_000)
  private let settings = IdentitySettings()
  private let user = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18") ?? .none
  private let session = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e19") ?? .none

  private func key(_ id: String = "k1", from: Instant = now - .seconds(60)) -> AccessTokenKey {
    let signing = SigningKey()
    return AccessTokenKey(
      id: id, signing: signing, verifying: signing.verifying,
      schedule: SigningKeySchedule(
        signsFrom: from, signsUntil: from + .seconds(3600), verifiesUntil: from + .seconds(4260)))
  }

  private func claims(
    role: String = "customer", permissions: [String]? = nil,
    methods: AuthenticationMethods = AuthenticationMethods(.password, second: true)
  ) -> AccessClaims {
    AccessClaims(
      userID: user, sessionID: session, version: 3, role: role, permissions: permissions, sellerID: nil,
      methods: methods, issuedAt: Self.now, expiresAt: Self.now + .seconds(600))
  }

  private func token(_ keys: KeySet, _ claims: AccessClaims, _ settings: IdentitySettings? = nil) throws -> String {
    let issuer = AccessToken(settings: settings ?? self.settings)
    return try #require(issuer.text(claims, signedBy: keys, at: Self.now))
  }

  private func flaw(_ text: String, _ keys: KeySet, at now: Instant = now) -> AccessToken.VerificationError? {
    do throws(AccessToken.VerificationError) {
      _ = try AccessToken(settings: settings).claims(of: text, verifiedBy: keys, at: now)
      return nil
    } catch {
      return error
    }
  }

  private func part(_ json: String) -> String { Base64URL.encode(Array(json.utf8)) }

  @Test func whatATokenSaysComesBack() throws {
    let keys = KeySet([key()])
    let said = claims(role: "auditor", permissions: ["audit.read"])
    let read = try AccessToken(settings: settings).claims(of: token(keys, said), verifiedBy: keys, at: Self.now)
    #expect(read == said)
    #expect(read.caller.permissions == .of(.auditRead))
    #expect(read.caller.role == nil)
  }

  @Test(arguments: [
    (AuthenticationMethods(.password, second: false), ["pwd"]),
    (AuthenticationMethods(.password, second: true), ["pwd", "otp", "mfa"]),
    (AuthenticationMethods(.external, second: false), ["fed"]),
    (AuthenticationMethods(.external, second: true), ["fed", "otp", "mfa"]),
  ])
  func aTokenSaysHowItsOwnerSignedIn(methods: AuthenticationMethods, amr: [String]) throws {
    let keys = KeySet([key()])
    let text = try token(keys, claims(methods: methods))
    let payload = try #require(Base64URL.decode(String(text.split(separator: ".")[1])))
    #expect(try JSONDecoder().decode(ClaimsDocument.self, from: Data(payload)).amr == amr)
    let read = try AccessToken(settings: settings).claims(of: text, verifiedBy: keys, at: Self.now)
    #expect(read.methods == methods && read.caller.secondFactor == methods.second)
  }

  @Test func aBuiltInRoleHasItsPermissions() {
    #expect(claims(role: "admin").caller.permissions == .all)
    #expect(claims(role: "customer").caller.role == .customer)
    #expect(claims(role: "nobody-knows").caller.permissions == [])
  }

  @Test func noAlgorithmButOursIsTaken() throws {
    let keys = KeySet([key()])
    let parts = try token(keys, claims()).split(separator: ".").map(String.init)
    for algorithm in ["none", "None", "NONE", "HS256", "RS256", "ES384", "EdDSA", "es256", ""] {
      let header = part(#"{"alg":"\#(algorithm)","typ":"at+jwt","kid":"k1"}"#)
      #expect(flaw("\(header).\(parts[1]).\(parts[2])", keys) == .foreignAlgorithm)
      #expect(flaw("\(header).\(parts[1]).", keys) == .foreignAlgorithm)
    }
    let plain = part(#"{"alg":"ES256","typ":"JWT","kid":"k1"}"#)
    #expect(flaw("\(plain).\(parts[1]).\(parts[2])", keys) == .foreignAlgorithm)
  }

  @Test func anotherKeyUnderTheSameNameIsFoundOut() throws {
    #expect(flaw(try token(KeySet([key()]), claims()), KeySet([key()])) == .badSignature)
  }

  @Test func anUnknownKeyIsFoundOut() throws {
    #expect(flaw(try token(KeySet([key("other")]), claims()), KeySet([key()])) == .unknownKey)
  }

  @Test func whatWasChangedIsFoundOut() throws {
    let keys = KeySet([key()])
    let parts = try token(keys, claims()).split(separator: ".").map(String.init)
    let others = try token(keys, claims(role: "admin")).split(separator: ".").map(String.init)
    #expect(flaw("\(parts[0]).\(others[1]).\(parts[2])", keys) == .badSignature)
    #expect(flaw("\(parts[0]).\(parts[1]).\(others[2])", keys) == .badSignature)
  }

  @Test func tokensForOthersAndByOthersAreRefused() throws {
    let keys = KeySet([key()])
    var other = settings
    other.audience = "another shop"
    #expect(flaw(try token(keys, claims(), other), keys) == .foreignClaims)
    other = settings
    other.issuer = "https://evil.example"
    #expect(flaw(try token(keys, claims(), other), keys) == .foreignClaims)
  }

  @Test func aTokenIsGoodUntilItEnds() throws {
    let keys = KeySet([key()])
    let text = try token(keys, claims())
    #expect(flaw(text, keys, at: Self.now + .seconds(599)) == nil)
    #expect(flaw(text, keys, at: Self.now + .seconds(600)) == .expired)
    #expect(flaw(text, keys, at: Self.now - .seconds(61)) == .fromTheFuture)
  }

  @Test(arguments: [
    "", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "e30.e30.e30", "%%%.e30.AA",
    String(repeating: "a", count: 5000),
  ])
  func nonsenseIsMalformed(_ text: String) {
    #expect(flaw(text, KeySet([key()])) == .malformed)
  }

  @Test func keysTakeTurns() {
    let (first, second) = (key("first"), key("second", from: Self.now + .seconds(1000)))
    let keys = KeySet([first, second])
    #expect(keys.signing(at: Self.now)?.id == "first")
    #expect(keys.signing(at: Self.now + .seconds(1000))?.id == "second")
    #expect(keys.signing(at: Self.now + .seconds(1_000_000)) == nil)
    #expect(keys.verifying("first", at: Self.now + .seconds(4100)) != nil)
    #expect(keys.verifying("first", at: Self.now + .seconds(4300)) == nil)
    #expect(keys.json(at: Self.now + .seconds(4300)).contains("second"))
    #expect(!keys.json(at: Self.now + .seconds(4300)).contains("first"))
  }

  @Test func theNextKeyIsAnnouncedBeforeItSigns() {
    let end = Self.now + settings.keyLifetime
    #expect(SigningKeySchedule.first(at: Self.now, settings).signsUntil == end)
    #expect(!SigningKeySchedule.isNextDue(end, at: end - .seconds(601)))
    #expect(SigningKeySchedule.isNextDue(end, at: end - .seconds(600)))
    let next = SigningKeySchedule.next(after: end, at: end - .seconds(600), settings)
    #expect(next.signsFrom == end)
    let late = SigningKeySchedule.next(after: end, at: end + .seconds(50), settings)
    #expect(late.signsFrom == end + .seconds(350))
    #expect(next.verifiesUntil > next.signsUntil + settings.accessLifetime)
  }
}
