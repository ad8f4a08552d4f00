internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Sealing

/// An invitation to be made, inside a transaction. It replaces the one that the same address has to the same team.
struct NewInvitation {
  let email: EmailAddress
  let role: String
  /// The place in a team; nil for an invitation to work for the platform.
  let shop: ShopPosition?
  /// The role as the e-mail names it.
  let title: String

  /// Stores the invitation, and mails its token.
  /// - Returns: the invitation that it replaces, and the new one.
  /// - Throws: ``IdentityError/tooManyMails``.
  func make(
    by user: ID, _ mailer: any AccountMailer, in work: Work, at now: Instant
  ) async throws -> (before: Invitation?, made: Invitation) {
    let before = try await work.first(
      Invitation.self,
      """
      UPDATE identity.invitation i SET revoked_at = \(now)
       WHERE i.email_key = \(email.key) AND i.seller_id IS NOT DISTINCT FROM \(shop?.seller)::uuid
         AND \(Invitations.waits(at: now))
      RETURNING \(Invitations.columns)
      """)
    let token = SingleUseToken()
    let made = try await work.first(
      Invitation.self,
      """
      INSERT INTO identity.invitation AS i (hash, email, email_key, role, seller_id, shop_role, invited_by, created_at,
                                            expires_at)
      VALUES (\(token.hash), \(email.text), \(email.key), \(role), \(shop?.seller)::uuid,
              \(shop?.role.rawValue)::text, \(user), \(now), \(now + IdentitySettings.invitationLifetime))
      RETURNING \(Invitations.columns)
      """)
    guard let made else { throw PostgresError.mapping("an invitation that was made") }
    let inviter = try await Account.find(user, work)?.displayName ?? ""
    let isTaken = try await mailer.send(
      .invitation(token: token.text, inviter: inviter, role: title),
      to: EmailRecipient(email: email.text, name: ""), in: work)
    guard isTaken else { throw IdentityError.tooManyMails }
    return (before, made)
  }
}
