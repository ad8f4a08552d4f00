internal import EventLoop
internal import Platform
internal import RPC
internal import Sealing

/// What one loop knows of callers: the keys that tokens are signed with, the tokens it has verified, and what has ended
/// since. Confined to its loop, so that authentication takes no lock.
final class CallerDirectory {
  /// Notes outlive the tokens that they concern by so much: clocks differ, and so do the moments of commits.
  private static let margin: Duration = .seconds(120)
  /// A key signs no sooner after it was made than all servers have read it. A server that has not read for so long, for
  /// it was stopped, may not know a key that signs already.
  private static let keysStaleAfter: Duration = SigningKeySchedule.announcement / 2

  private let tokens: AccessToken
  private let ended: EndedSessions
  private var verified = VerifiedTokens()
  let clientCredentials = ClientCredentialCache()
  private(set) var keys = KeySet([]) {
    // A token that a withdrawn key had signed is no longer taken because it was verified before.
    didSet { if !oldValue.ids.isSubset(of: keys.ids) { verified = VerifiedTokens() } }
  }
  private var keysReadAt = Instant.steady

  init(_ settings: IdentitySettings, now: Instant) {
    tokens = AccessToken(settings: settings)
    ended = EndedSessions(keep: settings.accessLifetime + Self.margin, now: now)
  }

  /// Whoever has the API key.
  func caller(withKey key: String, at now: Instant) throws(AuthenticationError) -> Caller {
    guard let caller = clientCredentials.caller(.key(SingleUseToken.hash(of: key)), at: now) else {
      throw .invalid(reason: "no such key")
    }
    return caller
  }

  /// Whoever shows the certificate; a guest when nobody entered it. Of several entries, the oldest counts: nobody takes
  /// another's program over by entering something else that its certificate shows.
  func caller(showing certificate: PeerCertificate, at now: Instant) -> Caller {
    // A connection may outlive the certificate that it began with.
    if now.seconds > certificate.validity.upperBound { return .anonymous }
    let entered = certificate.credentialSubjects.compactMap { [clientCredentials] in
      clientCredentials.caller(.certificate($0), at: now)
    }
    return entered.min { ($0.id ?? .none) < ($1.id ?? .none) } ?? .anonymous
  }

  /// Whoever holds the token.
  func caller(holding token: String, at now: Instant) throws(AuthenticationError) -> Caller {
    let entry: VerifiedTokens.Entry
    if let known = verified.find(token) { entry = known } else { entry = try verify(token, at: now) }
    guard now < entry.expiresAt else { throw .expired }
    // The clock may have been set back since the token was verified.
    guard entry.issuedAt <= now + SigningKeySchedule.clockSkew else { throw .invalid(reason: "from the future") }
    if let session = entry.caller.sessionID, let user = entry.caller.id,
      ended.concerns(session: session, user: user, version: entry.version)
    {
      throw .ended
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

  /// The keys that tokens are signed with from now on, and when they were read by the clock that nothing sets.
  func learn(_ keys: KeySet, readAt: Instant = .steady) {
    self.keys = keys
    keysReadAt = readAt
  }

  /// Notes what ends tokens. Programs and keys are read again, and not noted.
  func apply(_ revocation: Revocation, at now: Instant) {
    guard let subject = revocation.subject else { return }
    switch revocation.kind {
    case .session: ended.ended(subject, at: now)
    case .user: ended.changed(subject, version: revocation.version, at: now)
    case .clientCredential, .signingKey: break
    }
  }
}
