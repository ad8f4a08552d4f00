internal import Platform
internal import Postgres

/// A user, as far as signing in goes.
struct Account {
  let id: ID
  let email: String
  /// What makes two addresses the same.
  let emailKey: String
  let displayName: String
  let locale: String
  let passwordHash: String?
  let isVerified: Bool
  let isDisabled: Bool
  let role: String
  let sellerID: ID?
  let tokenVersion: Int64
  /// Grows whenever a way to sign in changes, or sessions end together.
  let credentialVersion: Int64
  /// What a role that is not built in may do.
  let rolePermissions: [String]?
  /// Whether a code is asked for at sign-in.
  let hasSecondFactor: Bool

  static var columns: Query {
    """
    u.id, u.email, u.email_key, u.display_name, u.locale, u.password_hash,
           u.email_verified_at IS NOT NULL AS is_verified, u.disabled_at IS NOT NULL AS is_disabled, u.role,
           u.seller_id, u.token_version, u.credential_version,
           (SELECT array_to_string(r.permissions, ',') FROM identity.role r WHERE r.name = u.role) AS role_permissions,
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

  /// The account of an address.
  static func find(_ email: EmailAddress, _ runner: some QueryRunner) async throws(PostgresError) -> Account? {
    let rows = try await runner.rows(
      "SELECT \(columns) FROM identity.user u WHERE u.email_key = \(email.key)")
    return try rows.first.map { row throws(PostgresError) in try Account(row) }
  }

  /// The account of an id.
  static func find(_ id: ID, _ runner: some QueryRunner) async throws(PostgresError) -> Account? {
    let rows = try await runner.rows("SELECT \(columns) FROM identity.user u WHERE u.id = \(id)")
    return try rows.first.map { row throws(PostgresError) in try Account(row) }
  }

  /// The same, locked: two changes of one user's sessions never cross.
  static func lock(_ id: ID, _ transaction: Transaction) async throws(PostgresError) -> Account? {
    let rows = try await transaction.rows("SELECT \(columns) FROM identity.user u WHERE u.id = \(id) FOR UPDATE OF u")
    return try rows.first.map { row throws(PostgresError) in try Account(row) }
  }

  /// Staff without the second factor that they must have may do no more than get one.
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

  /// Whom mails about the account go to.
  var emailRecipient: EmailRecipient { EmailRecipient(email: email, name: displayName) }

  /// Whether the user works for the platform.
  var isStaff: Bool { role != Role.customer.rawValue && role != Role.seller.rawValue }
}
