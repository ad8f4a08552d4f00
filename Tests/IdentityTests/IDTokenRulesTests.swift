import FoundationEssentials
import Platform
import Sealing
import Testing

@testable import Identity

/// OpenID Connect Core 1.0, section 3.1.3.7, number by number, without a signature or a socket.
@Suite struct IDTokenRulesTests {
  private static let now = Instant(clamping: 1_800_000_000_000_000)
  private static let second: Double = 1_800_000_000
  private static let rules = IDTokenRules(
    issuer: "https://id.example", clientID: "shop", otherAudiences: ["project"], nonce: "n-0S6_WzA2Mj")

  private static func flaw(
    _ changes: [String: String?], accessToken: String? = "token", signedBy algorithm: ProviderAlgorithm = .rs256
  ) -> IDTokenError? {
    var fields: [String: String] = [
      "iss": #""https://id.example""#, "sub": #""248289761001""#, "aud": #""shop""#, "exp": "1800000300",
      "iat": "1800000000", "nonce": #""n-0S6_WzA2Mj""#,
    ]
    for (name, value) in changes { fields[name] = value }
    let json = "{\(fields.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ","))}"
    guard let claims = try? JSONDecoder().decode(IDClaims.self, from: Data(json.utf8)) else { return .malformed }
    do throws(IDTokenError) {
      try rules.verify(claims, accessToken: accessToken, signedBy: algorithm, at: now)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("what is usual", [:]),
    ("a list of one audience", ["aud": #"["shop"]"#]),
    ("one more audience that is known", ["aud": #"["project", "shop"]"#, "azp": #""shop""#]),
    ("the party is us", ["azp": #""shop""#]),
    ("expired within the skew", ["exp": "1799999941", "iat": "1799999700"]),
    ("from a clock that is ahead", ["iat": "1800000060", "nbf": "1800000060"]),
    ("as old as it may be", ["iat": "1799999341"]),
    ("moments with a fraction", ["exp": "1800000300.5", "iat": "1799999999.25"]),
    ("claims of others", ["x": #"{"y": [1, 2]}"#, "name": "7", "email": "[]", "email_verified": "null"]),
    ("the longest subject", ["sub": "\"\(String(repeating: "x", count: 255))\""]),
  ])
  func believed(_ story: String, changes: [String: String?]) {
    #expect(Self.flaw(changes) == nil, "\(story)")
  }

  @Test(arguments: [
    ("another issuer", ["iss": #""https://id.example/""#], IDTokenError.otherIssuer),
    ("another audience", ["aud": #""bank""#], .otherAudience),
    ("no audience", ["aud": "[]"], .otherAudience),
    ("an audience that is unknown", ["aud": #"["shop", "bank"]"#, "azp": #""shop""#], .otherAudience),
    ("audiences without a party", ["aud": #"["shop", "project"]"#], .otherParty),
    ("another party", ["azp": #""project""#], .otherParty),
    ("expired", ["exp": "1799999940", "iat": "1799999700"], .expired),
    ("from the future", ["iat": "1800000061"], .fromTheFuture),
    ("not good yet", ["nbf": "1800000061"], .fromTheFuture),
    ("too old", ["iat": "1799999340"], .stale),
    ("an expiry that is no moment", ["exp": "1e300"], .malformed),
    ("a making before all time", ["iat": "-1"], .malformed),
    ("a start that is no moment", ["nbf": "1e300"], .fromTheFuture),
    ("another nonce", ["nonce": #""n-0S6_WzA2Mk""#], .otherNonce),
    ("a nonce that goes on", ["nonce": #""n-0S6_WzA2Mj2""#], .otherNonce),
    ("no nonce", ["nonce": nil], .otherNonce),
    ("an empty subject", ["sub": #""""#], .badSubject),
    ("a subject that is too long", ["sub": "\"\(String(repeating: "x", count: 256))\""], .badSubject),
    ("a subject that is no ASCII", ["sub": #""é""#], .badSubject),
    ("an issuer that is no text", ["iss": "7"], .malformed),
    ("an audience that is a number", ["aud": "7"], .malformed),
    ("no expiry", ["exp": nil], .malformed),
    ("no making", ["iat": nil], .malformed),
    ("an expiry that is text", ["exp": #""1800000300""#], .malformed),
    ("another access token", ["at_hash": #""77QmUPtjPfzWtF2AnpK9RQ""#], .otherAccessToken),
  ])
  func notBelieved(_ story: String, changes: [String: String?], flaw: IDTokenError) {
    #expect(Self.flaw(changes) == flaw, "\(story)")
  }

  /// The example of OpenID Connect Core 1.0, appendix A.3: a token and its `at_hash`.
  @Test func `the access token's hash is its left half`() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    let hash = "77QmUPtjPfzWtF2AnpK9RQ"
    #expect(IDTokenRules.accessTokenHash(token, .rs256) == hash)
    #expect(Self.flaw(["at_hash": "\"\(hash)\""], accessToken: token) == nil)
    #expect(Self.flaw(["at_hash": "\"\(hash)\""], accessToken: nil) == .otherAccessToken)
    #expect(Self.flaw(["at_hash": "\"\(hash)\""], accessToken: token, signedBy: .edDSA) == .otherAccessToken)
    #expect(IDTokenRules.accessTokenHash(token, .edDSA).utf8.count == 43)
  }
}
