internal import FoundationEssentials
package import Platform

/// What an access token says.
package struct AccessClaims: Equatable, Sendable {
  /// The user.
  package var userID: ID
  /// The session that it belongs to.
  package var sessionID: ID
  /// The user's `token_version` when it was made.
  package var version: Int64
  /// The role's name.
  package var role: String
  /// What the role may do, if it is none of the built-in ones, or may do less for now.
  package var permissions: [String]?
  /// What the role may do once a second factor was shown that it needs; nil when nothing is withheld.
  package var withheld: [String]?
  /// The shop that the user runs.
  package var sellerID: ID?
  /// How the session began.
  package var methods: AuthenticationMethods
  /// When it was made.
  package var issuedAt: Instant
  /// When it ends.
  package var expiresAt: Instant

  /// Who calls, for whoever holds the token.
  var caller: Caller {
    let builtIn = Role(rawValue: role)
    let named = permissions.map { PermissionSet($0.compactMap(Permission.init(name:))) }
    let withheld = PermissionSet((withheld ?? []).compactMap(Permission.init(name:)))
    return Caller(
      kind: .user, id: userID, sessionID: sessionID, role: named == nil ? builtIn : nil,
      permissions: named ?? builtIn?.permissions ?? [], withheld: withheld, sellerID: sellerID,
      secondFactor: methods.second)
  }
}

/// The same as the JSON of the token, in the names of RFC 7519, RFC 8176 and RFC 9068.
struct ClaimsDocument: Codable {
  var iss: String
  var aud: String
  var sub: String
  var sid: String
  var iat: Int64
  var exp: Int64
  var ver: Int64
  var role: String
  var perm: [String]?
  var withheld: [String]?
  var seller: String?
  var amr: [String]

  init(_ claims: AccessClaims, _ settings: IdentitySettings) {
    iss = settings.issuer
    aud = settings.audience
    sub = claims.userID.description
    sid = claims.sessionID.description
    iat = claims.issuedAt.seconds
    exp = claims.expiresAt.seconds
    ver = claims.version
    role = claims.role
    perm = claims.permissions
    withheld = claims.withheld
    seller = claims.sellerID?.description
    amr = claims.methods.amr
  }

  /// Nil when it is for others, or by others, or says nonsense.
  func claims(_ settings: IdentitySettings) -> AccessClaims? {
    guard iss == settings.issuer, aud == settings.audience, let userID = ID(sub), let sessionID = ID(sid), iat <= exp,
      let issuedAt = Instant(seconds: iat), let expiresAt = Instant(seconds: exp)
    else { return nil }
    let sellerID = seller.flatMap { ID($0) }
    if (sellerID == nil) != (seller == nil) { return nil }
    return AccessClaims(
      userID: userID, sessionID: sessionID, version: ver, role: role, permissions: perm, withheld: withheld,
      sellerID: sellerID, methods: AuthenticationMethods(amr: amr), issuedAt: issuedAt, expiresAt: expiresAt)
  }
}
