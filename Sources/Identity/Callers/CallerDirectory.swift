internal import EventLoop
internal import Platform
internal import RPC
internal import Sealing

/// A loop's knowledge of callers: the signing keys, the verified tokens and the revocations. Confined to its loop, so
/// authentication takes no lock.
final class CallerDirectory {
  /// Revocations are kept for so much longer than the tokens that they concern: clocks and commit times differ.
  private static let margin: Duration = .seconds(120)
  /// A key signs only when all servers have read it. A server that has not read for so long may not know a key that
  /// signs already.
  private static let keysStaleAfter: Duration = SigningKeySchedule.announcement / 2

  private let tokens: AccessToken
  private let ended: EndedSessions
  private var verified = VerifiedTokens()
  let clientCredentials = ClientCredentialCache()
  private(set) var keys = KeySet([]) {
    // A token that a withdrawn key signed must not stay verified.
    didSet { if !oldValue.ids.isSubset(of: keys.ids) { verified = VerifiedTokens() } }
  }
  private var keysReadAt = Instant.steady

  init(_ settings: IdentitySettings, now: Instant) {
    tokens = AccessToken(settings: settings)
    ended = EndedSessions(keep: settings.accessLifetime + Self.margin, now: now)
  }

  /// The caller that has the API key.
  func caller(withKey key: String, at now: Instant) throws(AuthenticationError) -> Caller {
    guard let caller = clientCredentials.caller(.key(SingleUseToken.hash(of: key)), at: now) else {
      throw .invalid(reason: "no such key")
    }
    return caller
  }

  /// The caller that presents the certificate; anonymous when the certificate is not registered. Of several entries,
  /// the oldest counts, so nobody takes over another client by registering another name of its certificate.
  func caller(showing certificate: PeerCertificate, at now: Instant) -> Caller {
    // A connection may outlive its certificate.
    if now.seconds > certificate.validity.upperBound { return .anonymous }
    let entered = certificate.credentialSubjects.compactMap { [clientCredentials] in
      clientCredentials.caller(.certificate($0), at: now)
    }
    return entered.min { ($0.id ?? .none) < ($1.id ?? .none) } ?? .anonymous
  }

  /// The caller that presents the token.
  func caller(holding token: String, at now: Instant) throws(AuthenticationError) -> Caller {
    let entry: VerifiedTokens.Entry
    if let known = verified.find(token) { entry = known } else { entry = try verify(token, at: now) }
    guard now < entry.expiresAt else { throw .expired }
    // The clock may have been set back since the token was verified.
    guard entry.issuedAt <= now + SigningKeySchedule.clockSkew else { throw .invalid(reason: "from the future") }
    if let session = entry.caller.sessionID, let user = entry.caller.id,
      let revocation = ended.revocation(session: session, user: user, version: entry.version)
    {
      throw revocation
    }
    return entry.caller
  }

  private func verify(_ token: String, at now: Instant) throws(AuthenticationError) -> VerifiedTokens.Entry {
    let claims: AccessClaims
    do throws(AccessToken.VerificationError) {
      claims = try tokens.claims(of: token, verifiedBy: keys, at: now)
    } catch {
      switch error {
      case .expired: throw .expired
      case .unknownKey where Instant.steady - keysReadAt > Self.keysStaleAfter: throw .undecided
      default: throw .invalid(reason: "\(error)")
      }
    }
    let entry = VerifiedTokens.Entry(
      caller: claims.caller, version: claims.version, issuedAt: claims.issuedAt, expiresAt: claims.expiresAt)
    verified.keep(entry, for: token)
    return entry
  }

  /// Replaces the signing keys. `readAt` is the time of the read by the monotonic clock.
  func learn(_ keys: KeySet, readAt: Instant = .steady) {
    self.keys = keys
    keysReadAt = readAt
  }

  /// Applies a revocation of tokens. Client credentials and keys are read again instead.
  func apply(_ revocation: Revocation, at now: Instant) {
    guard let subject = revocation.subject else { return }
    switch revocation.kind {
    case .session: ended.ended(subject, at: now)
    case .user: ended.changed(subject, version: revocation.version, at: now)
    case .clientCredential, .signingKey: break
    }
  }
}
