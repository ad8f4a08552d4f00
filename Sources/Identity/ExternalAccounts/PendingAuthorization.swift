internal import Platform
internal import Sealing

/// What a visit to a provider hangs on, and what the database keeps sealed.
struct AuthorizationSecrets: Equatable, Sendable {
  private static let separator: Character = "."

  /// The secret half of PKCE: 43 letters (RFC 7636, section 4.1).
  let verifier: String
  /// What the provider's token repeats.
  let nonce: String

  init() {
    verifier = SingleUseToken().text
    nonce = SingleUseToken().text
  }

  /// What ``bytes`` wrote; nil for anything else.
  init?(bytes: [UInt8]) {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: Self.separator)
    guard parts.count == 2 else { return nil }
    (verifier, nonce) = (String(parts[0]), String(parts[1]))
  }

  /// As it is sealed.
  var bytes: [UInt8] { Array("\(verifier)\(Self.separator)\(nonce)".utf8) }

  /// The public half of PKCE: `S256` of RFC 7636, section 4.2.
  var challenge: String { Base64URL.encode(Digest.sha256(Array(verifier.utf8))) }
}

/// A visit to a provider that has come back.
struct PendingAuthorization: Sendable {
  /// The session in which an account is to be linked.
  struct LinkingSession: Equatable, Sendable {
    let user: ID
    let session: ID
  }

  let provider: String
  let redirect: String
  let secrets: AuthorizationSecrets
  /// Who links, and what that hangs on; nil for a sign-in.
  let stamp: SecurityStamp?

  /// Who links; nil for a sign-in.
  var linkingSession: LinkingSession? {
    stamp.flatMap { stamp in stamp.session.map { LinkingSession(user: stamp.user, session: $0) } }
  }
}
