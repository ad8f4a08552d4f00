internal import Platform
internal import Postgres

/// The subject of a revocation, as stored in `identity.revocation`. Triggers of the tables write the rows, so no code
/// that revokes rights can forget it.
enum RevocationKind: String, CaseIterable {
  /// A session: its user signed out, or it was ended, displaced, or invalidated by a new password.
  case session
  /// The access tokens of a user: the user was disabled, or the role, its permissions or the shop changed. The client
  /// credentials of the user lose the same rights.
  case user
  /// An API key or a client certificate: created, changed, rotated or revoked.
  case clientCredential = "program"
  /// A signing key of access tokens.
  case signingKey = "signing_key"

  /// Whether the client credentials must be read again.
  var concernsClientCredentials: Bool {
    switch self {
    case .user, .clientCredential: true
    case .session, .signingKey: false
    }
  }

  /// Whether the signing keys must be read again.
  var concernsKeys: Bool { self == .signingKey }
}

/// One row of `identity.revocation`. Applying it twice, early or out of order does no harm.
struct Revocation: Sendable {
  let id: Int64
  let kind: RevocationKind
  /// The id of the session, the user or the client credential.
  let subject: ID?
  /// The lowest valid version of the user's access tokens.
  let version: Int64

  /// Nil for a kind that only a later release writes.
  init?(_ row: Row) throws(PostgresError) {
    guard let kind = RevocationKind(rawValue: try row.string("kind")) else { return nil }
    id = try row.int64("id")
    self.kind = kind
    subject = try row.optionalID("subject")
    version = try row.int64("version")
  }
}
