internal import Platform
internal import Sealing

/// What an ID token must say before it is believed: OpenID Connect Core 1.0, section 3.1.3.7.
struct IDTokenRules: Equatable {
  /// How far clocks may differ.
  static let clockSkew: Duration = .seconds(60)
  /// A token that is older was made for another visit, whatever else it says.
  static let ageMax: Duration = .seconds(600)
  static let subjectBytesMax = 255
  /// Seconds since 1970 that are a moment at all: until the year 9999.
  private static let moments: ClosedRange<Double> = 0...253_402_300_799

  let issuer: String
  let clientID: String
  let otherAudiences: [String]
  let nonce: String

  /// - Throws: what is wrong with the claims of a token that came with `accessToken`, signed by `algorithm`.
  func verify(
    _ claims: IDClaims, accessToken: String?, signedBy algorithm: ProviderAlgorithm, at now: Instant
  ) throws(IDTokenError) {
    guard claims.issuer == issuer else { throw .otherIssuer }
    try verifyAudience(of: claims)
    try verifyTimes(of: claims, at: now)
    guard let theirs = claims.nonce, Digest.areEqual(Array(theirs.utf8), Array(nonce.utf8)) else { throw .otherNonce }
    if let hash = claims.accessTokenHash {
      guard let accessToken, hash == Self.accessTokenHash(accessToken, algorithm) else { throw .otherAccessToken }
    }
    let isText = claims.subject.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    guard isText, (1...Self.subjectBytesMax).contains(claims.subject.utf8.count) else { throw .badSubject }
  }

  /// It must be for us. For whom else it may be, the settings say; then it must say that it was made for us.
  private func verifyAudience(of claims: IDClaims) throws(IDTokenError) {
    guard claims.audiences.contains(clientID),
      claims.audiences.allSatisfy({ $0 == clientID || otherAudiences.contains($0) })
    else { throw .otherAudience }
    if claims.audiences.count > 1 && claims.authorizedParty == nil { throw .otherParty }
    if let party = claims.authorizedParty, party != clientID { throw .otherParty }
  }

  private func verifyTimes(of claims: IDClaims, at now: Instant) throws(IDTokenError) {
    guard let expiresAt = Self.instant(claims.expiresAt), let issuedAt = Self.instant(claims.issuedAt) else {
      throw .malformed
    }
    guard now < expiresAt + Self.clockSkew else { throw .expired }
    guard issuedAt <= now + Self.clockSkew else { throw .fromTheFuture }
    guard now < issuedAt + Self.ageMax + Self.clockSkew else { throw .stale }
    if let notBefore = claims.notBefore {
      guard let from = Self.instant(notBefore), from <= now + Self.clockSkew else { throw .fromTheFuture }
    }
  }

  /// Section 3.1.3.6: the left half of the access token's hash, by the hash of the signature's algorithm.
  static func accessTokenHash(_ token: String, _ algorithm: ProviderAlgorithm) -> String {
    let bytes = Array(token.utf8)
    let hash =
      switch algorithm {
      case .rs256, .es256: Digest.sha256(bytes)
      case .edDSA: Digest.sha512(bytes)
      }
    return Base64URL.encode(Array(hash.prefix(hash.count / 2)))
  }

  private static func instant(_ seconds: Double) -> Instant? {
    moments.contains(seconds) ? Instant(seconds: Int64(seconds)) : nil
  }
}
