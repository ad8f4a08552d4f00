internal import Platform
internal import Postgres

/// What can end rights, as `identity.revocation` writes it. The triggers of the tables where rights stand note it, so
/// that no code that ends rights can forget to.
enum RevocationKind: String, CaseIterable {
  /// A session: signed out, ended by its user or by staff, displaced, or by a new password.
  case session
  /// What a user's access tokens say is no longer so: disabled, another role or shop, a role that may do something
  /// else. Their programs may do no more than they.
  case user
  /// An API key or a client certificate: made, changed, rotated, revoked.
  case clientCredential = "program"
  /// A key that access tokens are signed with.
  case signingKey = "signing_key"

  /// Whether programs must be read again.
  var concernsClientCredentials: Bool {
    switch self {
    case .user, .clientCredential: true
    case .session, .signingKey: false
    }
  }

  /// Whether the keys of access tokens must be read again.
  var concernsKeys: Bool { self == .signingKey }
}

/// One row of `identity.revocation`. To hear of it twice, early or out of order does no harm.
struct Revocation: Sendable {
  let id: Int64
  let kind: RevocationKind
  /// The session, the user or the program.
  let subject: ID?
  /// The lowest version of a user's access tokens that is good.
  let version: Int64

  /// Nil for a kind that a later version of the program writes: such a server's own migration tells what to do then.
  init?(_ row: Row) throws(PostgresError) {
    guard let kind = RevocationKind(rawValue: try row.string("kind")) else { return nil }
    id = try row.int64("id")
    self.kind = kind
    subject = try row.optionalID("subject")
    version = try row.int64("version")
  }
}
