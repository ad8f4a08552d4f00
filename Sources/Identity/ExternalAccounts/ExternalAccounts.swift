internal import Platform
internal import Postgres

/// External accounts that sign users in, inside a transaction.
struct ExternalAccounts {
  /// The maximum number of external accounts of a user.
  static let countMax = 20

  let work: Work
  let now: Instant

  /// The columns of the API's message without the e-mail address; `settings` name the providers.
  static func columns(_ settings: ExternalSignInSettings) -> Query {
    """
    a.id, a.issuer, a.created_at AS create_time, a.last_sign_in_at AS last_sign_in_time,
           coalesce((SELECT p.key FROM unnest(\(settings.providers.map(\.key))::text[],
                                              \(settings.providers.map(\.issuer))::text[]) p (key, issuer)
                      WHERE p.issuer = a.issuer), '') AS provider
    """
  }

  /// The user of an external identity; nil for an unlinked one.
  func user(of person: ExternalIdentity) async throws -> ID? {
    let rows = try await work.rows(
      """
      SELECT a.user_id FROM identity.external_account a
       WHERE a.issuer = \(person.issuer) AND a.subject = \(person.subject)
      """)
    return try rows.first?.id("user_id")
  }

  /// Records a sign-in.
  /// - Returns: whether the identity is still linked. Call it when the user is locked.
  func noteUse(by person: ExternalIdentity) async throws -> Bool {
    let noted = try await work.execute(
      """
      UPDATE identity.external_account a SET last_sign_in_at = \(now), email = \(email(of: person))
       WHERE a.issuer = \(person.issuer) AND a.subject = \(person.subject)
      """)
    return noted == 1
  }

  /// Links `person` to the user, whose account is locked.
  /// - Returns: the id of the external account; nil when the identity is linked already.
  func link(_ person: ExternalIdentity, to user: ID, signsIn: Bool) async throws -> ID? {
    let rows = try await work.rows(
      """
      INSERT INTO identity.external_account (user_id, issuer, subject, email, created_at, last_sign_in_at)
      SELECT \(user)::uuid, \(person.issuer)::text, \(person.subject)::text, \(email(of: person))::text,
             \(now)::timestamptz, CASE WHEN \(signsIn)::boolean THEN \(now)::timestamptz END
       WHERE (SELECT count(*) FROM identity.external_account a WHERE a.user_id = \(user)) < \(Self.countMax)
          ON CONFLICT ON CONSTRAINT external_account_subject_key DO NOTHING
      RETURNING id
      """, access: .write)
    return try rows.first?.id("id")
  }

  /// Unlinks an external account of the user, whose account is locked.
  /// - Returns: the issuer of the external account.
  /// - Throws: ``IdentityError/lastSignIn`` when the user would have no way to sign in.
  func unlink(_ id: ID, of account: Account, issuers: [String]) async throws -> String {
    let rows = try await work.rows(
      """
      DELETE FROM identity.external_account a WHERE a.id = \(id) AND a.user_id = \(account.id) RETURNING a.issuer
      """, access: .write)
    guard let row = rows.first else { throw IdentityError.noSuchExternalAccount(id.description) }
    if account.passwordHash == nil {
      let left = try await work.rows(
        """
        SELECT FROM identity.external_account a
         WHERE a.user_id = \(account.id) AND a.issuer = ANY (\(issuers)::text[]) LIMIT 1
        """)
      if left.isEmpty { throw IdentityError.lastSignIn }
    }
    return try row.string("issuer")
  }

  /// The address of the person, for display only: it proves nothing.
  private func email(of person: ExternalIdentity) -> String {
    person.claims.email.flatMap { EmailAddress($0) }?.text ?? ""
  }
}
