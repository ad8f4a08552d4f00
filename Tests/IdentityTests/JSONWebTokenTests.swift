import Credentials
import Platform
import Testing

@testable import Identity

/// Tokens as providers sign them, and keys as they publish them.
@Suite struct JSONWebTokenTests {
  private static let signing = SigningKey()
  private static let payload =
    #"{"iss": "i", "sub": "s", "aud": "shop", "exp": 2, "iat": 1, "email": "ann@example.com", "email_verified": true}"#

  private static func part(_ text: String) -> String { Base64URL.encode(Array(text.utf8)) }

  private static func token(_ header: String, _ payload: String = payload) throws -> String {
    let signed = "\(part(header)).\(part(payload))"
    return "\(signed).\(Base64URL.encode(try #require(signing.sign(Array(signed.utf8)))))"
  }

  private static func jwk(_ more: String = #""kid": "k""#) -> String {
    let (x, y) = signing.verifying.coordinates
    return
      #"{"kty": "EC", "crv": "P-256", "x": "\#(Base64URL.encode(x))", "y": "\#(Base64URL.encode(y))", \#(more)}"#
  }

  private static func keys(_ entries: String...) throws -> ProviderKeySet {
    try ProviderKeySet(json: Array(#"{"keys": [\#(entries.joined(separator: ","))]}"#.utf8))
  }

  private static func failure(_ token: String, _ keys: ProviderKeySet) -> IDTokenError? {
    do throws(IDTokenError) {
      _ = try JSONWebToken(token).claims(verifiedBy: keys)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a token of a known key has its claims`() throws {
    let claims = try JSONWebToken(Self.token(#"{"alg": "ES256", "kid": "k"}"#)).claims(
      verifiedBy: Self.keys(Self.jwk()))
    #expect(claims.issuer == "i" && claims.subject == "s" && claims.audiences == ["shop"])
    #expect(claims.person.email == "ann@example.com" && claims.person.isEmailVerified)
  }

  @Test(arguments: [
    (#"{"alg": "none", "kid": "k"}"#, IDTokenError.foreignAlgorithm),
    (#"{"alg": "HS256", "kid": "k"}"#, .foreignAlgorithm),
    (#"{"alg": "es256", "kid": "k"}"#, .foreignAlgorithm),
    (#"{"alg": "ES384", "kid": "k"}"#, .foreignAlgorithm),
    (#"{"alg": "RS256", "kid": "k"}"#, .unknownKey),
    (#"{"alg": "EdDSA", "kid": "k"}"#, .unknownKey),
    (#"{"alg": "ES256", "kid": "other"}"#, .unknownKey),
    (#"{"alg": "ES256", "kid": "k", "crit": ["exp"], "exp": 1}"#, .foreignHeader),
    (#"{"alg": "ES256", "kid": "k", "b64": false}"#, .foreignHeader),
    (#"{"alg": "ES256", "kid": "k", "typ": "logout+jwt"}"#, .foreignHeader),
    (#"{"alg": "ES256", "kid": "k", "typ": 7}"#, .malformed),
    (#"{"kid": "k"}"#, .malformed),
    (#"[]"#, .malformed),
  ])
  func `the header does not choose how it is verified`(header: String, failure: IDTokenError) throws {
    #expect(Self.failure(try Self.token(header), try Self.keys(Self.jwk())) == failure)
  }

  @Test func `nothing but three parts of base64url is a token`() throws {
    let keys = try Self.keys(Self.jwk())
    let good = try Self.token(#"{"alg": "ES256", "kid": "k", "typ": "JWT"}"#)
    #expect(Self.failure(good, keys) == nil)
    let parts = good.split(separator: ".").map(String.init)
    for text in ["", ".", "..", "...", "a.b.c", good + ".", good + "=", parts[0] + "." + parts[1], "\(good)\n"] {
      #expect(Self.failure(text, keys) == .malformed, "\(text)")
    }
    #expect(Self.failure("\(parts[0]).\(parts[1]).", keys) == .badSignature)
    #expect(Self.failure("\(parts[0]).\(Self.part("{}")).\(parts[2])", keys) == .badSignature)
    #expect(Self.failure(good + String(repeating: "A", count: JSONWebToken.bytesMax), keys) == .malformed)
    #expect(Self.failure(try Self.token(#"{"alg": "ES256", "kid": "k"}"#, "[]"), keys) == .malformed)
  }

  @Test func `keys for other uses are ignored`() throws {
    for more in [#""use": "enc""#, #""alg": "RS256""#, #""alg": "ECDH-ES""#, #""key_ops": ["sign"]"#] {
      #expect(throws: ProviderError.badAnswer("there is no usable key")) { try Self.keys(Self.jwk(more)) }
    }
    for entry in [
      #"{"kty": "oct", "k": "AAAA"}"#, #"{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}"#,
      #"{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}"#, #"{"kty": "RSA", "n": "AQAB", "e": "AQAB"}"#,
      #"{"kty": "OKP", "crv": "Ed25519", "x": "AA"}"#, #"{"kty": 7}"#, "7", "null",
    ] {
      #expect(throws: ProviderError.self, "\(entry)") { try Self.keys(entry) }
      #expect(try Self.keys(entry, Self.jwk()).keys.count == 1, "\(entry)")
    }
  }

  @Test func `a token without a key id uses the only key of its algorithm`() throws {
    let token = try Self.token(#"{"alg": "ES256"}"#)
    #expect(Self.failure(token, try Self.keys(Self.jwk())) == nil)
    #expect(Self.failure(token, try Self.keys(Self.jwk(), Self.jwk(#""kid": "l""#))) == .unknownKey)
    #expect(
      Self.failure(try Self.token(#"{"alg": "ES256", "kid": "k"}"#), try Self.keys(Self.jwk(#""x5t": "a""#)))
        == .unknownKey)
  }

  @Test func `documents of any depth, with any numbers and any bytes, are refused as unreadable`() throws {
    let nested = String(repeating: "[", count: 4_000)
    let headers = [nested, #"{"alg": \#(nested)"#, #"{"alg": "\ud800"}"#, #"{"alg": 1e999}"#, "{\"alg\": \"\u{1}\"}"]
    for header in headers {
      let text = Base64URL.encode(Array(header.utf8))
      #expect(Self.failure("\(text).\(text).\(text)", try Self.keys(Self.jwk())) == .malformed, "\(header.prefix(40))")
      #expect(throws: ProviderError.self) {
        try ProviderMetadata(json: Array(header.utf8), issuer: "https://a.example")
      }
      #expect(throws: ProviderError.self) { try ProviderKeySet(json: Array("{\"keys\": \(header)}".utf8)) }
    }
    #expect(throws: ProviderError.self) { try ProviderKeySet(json: [0xff, 0x7b, 0xc3, 0x28]) }
    for text in ["", ".", "..", "...", "\u{301}.\u{301}.\u{301}", "\r\n.\r\n.", "AA.AA.AA", "A.A.A"] {
      #expect(Self.failure(text, try Self.keys(Self.jwk())) == .malformed, "\(text)")
    }
  }

  @Test func `sets of keys are bounded`() {
    let many = Array(repeating: Self.jwk(), count: 101).joined(separator: ",")
    for json in ["", "{}", "[]", #"{"keys": 7}"#, #"{"keys": []}"#, "{\"keys\": [\(many)]}"] {
      #expect(throws: ProviderError.self) { try ProviderKeySet(json: Array(json.utf8)) }
    }
  }
}
