internal import Platform
internal import Postgres

/// A user, with what signing in needs.
struct Account {
  let id: ID
  let email: String
  /// The key of the e-mail address: equal for equivalent addresses.
  let emailKey: String
  let displayName: String
  let locale: String
  let passwordHash: String?
  let isVerified: Bool
  let isDisabled: Bool
  let role: String
  let sellerID: ID?
  let tokenVersion: Int64
  /// Advances when a way to sign in changes, or all sessions end.
  let credentialVersion: Int64
  /// The permissions of the role, if it is not built in, or does not have all of them in its shop.
  let rolePermissions: [String]?
  /// Whether the user has a second factor.
  let hasSecondFactor: Bool

  static var columns: Query {
    """
    u.id, u.email, u.email_key, u.display_name, u.locale, u.password_hash,
           u.email_verified_at IS NOT NULL AS is_verified, u.disabled_at IS NOT NULL AS is_disabled, u.role,
           u.seller_id, u.token_version, u.credential_version,
           \(ShopRole.permissionsOfUser) AS role_permissions,
           EXISTS (SELECT FROM identity.totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
             AS has_second_factor
    """
  }

  init(_ row: Row) throws(PostgresError) {
    id = try row.id("id")
    email = try row.string("email")
    emailKey = try row.string("email_key")
    displayName = try row.string("display_name")
    locale = try row.string("locale")
    passwordHash = try row.optionalString("password_hash")
    isVerified = try row.bool("is_verified")
    isDisabled = try row.bool("is_disabled")
    role = try row.string("role")
    sellerID = try row.optionalID("seller_id")
    tokenVersion = try row.int64("token_version")
    credentialVersion = try row.int64("credential_version")
    rolePermissions = try row.optionalString("role_permissions").map { $0.split(separator: ",").map(String.init) }
    hasSecondFactor = try row.bool("has_second_factor")
  }

  /// Finds the account of an e-mail address.
  static func find(_ email: EmailAddress, _ runner: some QueryRunner) async throws(PostgresError) -> Account? {
    let rows = try await runner.rows(
      "SELECT \(columns) FROM identity.user u WHERE u.email_key = \(email.key)")
    return try rows.first.map { row throws(PostgresError) in try Account(row) }
  }

  /// Finds the account of an id.
  static func find(_ id: ID, _ runner: some QueryRunner) async throws(PostgresError) -> Account? {
    let rows = try await runner.rows("SELECT \(columns) FROM identity.user u WHERE u.id = \(id)")
    return try rows.first.map { row throws(PostgresError) in try Account(row) }
  }

  /// Finds and locks the account of an id, so two changes of a user's sessions run one after the other.
  static func lock(_ id: ID, _ work: Work) async throws(PostgresError) -> Account? {
    let rows = try await work.rows("SELECT \(columns) FROM identity.user u WHERE u.id = \(id) FOR UPDATE OF u")
    return try rows.first.map { row throws(PostgresError) in try Account(row) }
  }

  /// The claims of an access token. Staff who must use a second factor and did not have the permission to enrol one,
  /// and no other.
  func claims(
    session: ID, methods: AuthenticationMethods, _ settings: IdentitySettings, at now: Instant
  ) -> AccessClaims {
    let isHeld = settings.requiresSecondFactorOfStaff && !methods.second && isStaff
    let roleNames = rolePermissions ?? Role(rawValue: role)?.permissions.names
    return AccessClaims(
      userID: id, sessionID: session, version: tokenVersion, role: role,
      permissions: isHeld ? [Permission.accountOwn.name] : rolePermissions, withheld: isHeld ? roleNames : nil,
      sellerID: sellerID,
      methods: methods, issuedAt: now, expiresAt: now + settings.accessLifetime)
  }

  /// The permissions of the role.
  var permissions: PermissionSet {
    rolePermissions.map { PermissionSet($0.compactMap(Permission.init(name:))) } ?? Role(rawValue: role)?.permissions
      ?? []
  }

  /// The recipient of e-mails about the account.
  var emailRecipient: EmailRecipient { EmailRecipient(email: email, name: displayName) }

  /// Whether the user works for the platform.
  var isStaff: Bool { role != Role.customer.rawValue && role != Role.seller.rawValue }
}
