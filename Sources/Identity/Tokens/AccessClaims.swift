internal import FoundationEssentials
package import Platform

/// The claims of an access token.
package struct AccessClaims: Equatable, Sendable {
  /// The user.
  package var userID: ID
  /// The session of the token.
  package var sessionID: ID
  /// The `token_version` of the user when the token was issued.
  package var version: Int64
  /// The name of the role.
  package var role: String
  /// The permissions of the role, if it is not built in, or is restricted for now.
  package var permissions: [String]?
  /// The permissions that the role has only with a second factor; nil when none are withheld.
  package var withheld: [String]?
  /// The shop of the user.
  package var sellerID: ID?
  /// The authentication methods at the beginning of the session.
  package var methods: AuthenticationMethods
  /// When the token was issued.
  package var issuedAt: Instant
  /// When the token expires.
  package var expiresAt: Instant

  /// The caller that presents the token.
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

/// The claims as JSON, with the names of RFC 7519, RFC 8176 and RFC 9068.
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

  /// Nil when the issuer or the audience is another one, or a claim is malformed.
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
