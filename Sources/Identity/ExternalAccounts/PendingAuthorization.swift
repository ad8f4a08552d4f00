internal import Platform
internal import Sealing

/// The secrets of an authorization request, which the database keeps sealed.
struct AuthorizationSecrets: Equatable, Sendable {
  private static let separator: Character = "."

  /// The PKCE code verifier: 43 letters (RFC 7636, section 4.1).
  let verifier: String
  /// The nonce, which the ID token repeats.
  let nonce: String

  init() {
    verifier = SingleUseToken().text
    nonce = SingleUseToken().text
  }

  /// Reads ``bytes``; nil for anything else.
  init?(bytes: [UInt8]) {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: Self.separator)
    guard parts.count == 2 else { return nil }
    (verifier, nonce) = (String(parts[0]), String(parts[1]))
  }

  /// The bytes that are sealed.
  var bytes: [UInt8] { Array("\(verifier)\(Self.separator)\(nonce)".utf8) }

  /// The PKCE code challenge: `S256` of RFC 7636, section 4.2.
  var challenge: String { Base64URL.encode(Digest.sha256(Array(verifier.utf8))) }
}

/// An authorization request that waits for its response.
struct PendingAuthorization: Sendable {
  /// The session in which an external account is linked.
  struct LinkingSession: Equatable, Sendable {
    let user: ID
    let session: ID
  }

  let provider: String
  let redirect: String
  let secrets: AuthorizationSecrets
  /// The stamp of a link; nil for a sign-in.
  let stamp: SecurityStamp?

  /// The session of a link; nil for a sign-in.
  var linkingSession: LinkingSession? {
    stamp.flatMap { stamp in stamp.session.map { LinkingSession(user: stamp.user, session: $0) } }
  }
}
