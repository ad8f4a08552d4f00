internal import Credentials
internal import FoundationEssentials
internal import Platform

/// Access tokens: JSON Web Tokens signed with ES256 and nothing else. The token's header does not choose how it is
/// verified: a header that names another algorithm is refused before anything is computed.
struct AccessToken {
  private static let algorithm = "ES256"
  private static let kind = "at+jwt"
  /// Longer ones are none of ours.
  static let bytesMax = 4096

  private struct Header: Codable {
    var alg: String
    var typ: String
    var kid: String
  }

  /// Why a text is no token that we would take.
  enum VerificationError: Error, Equatable {
    case malformed
    case foreignAlgorithm
    case unknownKey
    case badSignature
    case foreignClaims
    case expired
    case fromTheFuture
  }

  let settings: IdentitySettings

  /// The token that says `claims`; nil when there is no key to sign it with.
  func text(_ claims: AccessClaims, signedBy keys: KeySet, at now: Instant) -> String? {
    guard let key = keys.signing(at: now), let signing = key.signing,
      let header = Self.encoded(Header(alg: Self.algorithm, typ: Self.kind, kid: key.id)),
      let payload = Self.encoded(ClaimsDocument(claims, settings))
    else { return nil }
    let signed = "\(header).\(payload)"
    guard let signature = signing.sign(Array(signed.utf8)) else { return nil }
    return "\(signed).\(Base64URL.encode(signature))"
  }

  /// What a token says.
  func claims(of text: String, verifiedBy keys: KeySet, at now: Instant) throws(VerificationError) -> AccessClaims {
    guard text.utf8.count <= Self.bytesMax else { throw .malformed }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.decoded(Header.self, parts[0]) else { throw .malformed }
    guard header.alg == Self.algorithm, header.typ == Self.kind else { throw .foreignAlgorithm }
    guard let signature = Base64URL.decode(String(parts[2])) else { throw .malformed }
    guard let key = keys.verifying(header.kid, at: now) else { throw .unknownKey }
    let signed = text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count)
    guard key.isValid(signature, of: Array(signed)) else { throw .badSignature }
    guard let document = Self.decoded(ClaimsDocument.self, parts[1]) else { throw .malformed }
    guard let claims = document.claims(settings) else { throw .foreignClaims }
    guard now < claims.expiresAt else { throw .expired }
    guard claims.issuedAt <= now + SigningKeySchedule.clockSkew else { throw .fromTheFuture }
    return claims
  }

  private static func encoded(_ value: some Encodable) -> String? {
    (try? JSONEncoder().encode(value)).map { Base64URL.encode([UInt8]($0)) }
  }

  private static func decoded<Value: Decodable>(_ type: Value.Type, _ part: Substring) -> Value? {
    guard let bytes = Base64URL.decode(String(part)) else { return nil }
    return try? JSONDecoder().decode(type, from: Data(bytes))
  }
}
