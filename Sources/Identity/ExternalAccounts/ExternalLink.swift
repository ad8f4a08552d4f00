internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Links and unlinks external accounts of a user, inside a transaction. The audit log records it and the user is
/// notified, because a linked account can always sign in.
struct ExternalLink {
  private static let unlinking = "identity.external_account.unlink"

  let context: IdentityContext
  let work: Work
  let user: ID
  let now: Instant

  private var links: ExternalAccounts { ExternalAccounts(work: work, now: now) }

  /// Links `person` to the user. `stamp` is the stamp of the authorization request.
  func add(
    _ person: ExternalIdentity, of provider: ProviderSettings, asked stamp: SecurityStamp, in arena: Arena
  ) async throws -> ExternalAccount? {
    guard let account = try await Account.lock(stamp, at: now, work) else { throw IdentityError.invalidState }
    if account.isDisabled { throw IdentityError.accountDisabled }
    if try await links.user(of: person) != user {
      guard let id = try await links.link(person, to: user, signsIn: false) else {
        throw IdentityError.externalAccountTaken
      }
      try await notify(id, of: provider, account, in: arena)
    }
    return try await work.first(
      ExternalAccount.self,
      """
      SELECT \(ExternalAccounts.columns(context.settings.external)), a.email FROM identity.external_account a
       WHERE a.issuer = \(person.issuer) AND a.subject = \(person.subject)
      """, in: arena)
  }

  /// Records the link in the audit log.
  func record(_ id: ID, in arena: Arena) async throws {
    let after = try await find(id, in: arena)
    try work.record("identity.external_account.link", ExternalAccount.descriptor, id, before: nil, after: after)
  }

  /// Records the link in the audit log and notifies the user.
  func notify(_ id: ID, of provider: ProviderSettings, _ account: Account, in arena: Arena) async throws {
    try await record(id, in: arena)
    try await context.notify(.externalAccountLinked(provider: provider.displayName), account, work)
  }

  /// Unlinks an external account. `stamp` is the stamp of the re-authentication.
  func remove(_ id: ID, asked stamp: SecurityStamp, in arena: Arena) async throws {
    guard let account = try await Account.lock(stamp, at: now, work) else {
      throw IdentityError.credentialsChanged
    }
    try await remove(id, of: account, in: arena)
    try await AccountChanges(work: work, now: now).advanceCredentialVersion(of: user)
  }

  /// Unlinks all external accounts of the user, who is locked and has a password.
  func removeAll(in arena: Arena) async throws {
    guard let account = try await Account.lock(user, work) else { return }
    let rows = try await work.rows(
      "SELECT a.id FROM identity.external_account a WHERE a.user_id = \(user) ORDER BY a.id")
    for row in rows { try await remove(try row.id("id"), of: account, in: arena) }
  }

  /// Unlinks all external accounts of a user who turned out to be somebody else than the one who linked them, and is
  /// not notified.
  func discardAll(in arena: Arena) async throws {
    let rows = try await work.rows(
      "SELECT a.id FROM identity.external_account a WHERE a.user_id = \(user) ORDER BY a.id")
    for row in rows {
      let id = try row.id("id")
      let before = try await find(id, in: arena)
      try work.record(Self.unlinking, ExternalAccount.descriptor, id, before: before, after: nil)
    }
    try await work.execute("DELETE FROM identity.external_account a WHERE a.user_id = \(user)")
  }

  private func remove(_ id: ID, of account: Account, in arena: Arena) async throws {
    guard let before = try await find(id, in: arena) else {
      throw IdentityError.noSuchExternalAccount(id.description)
    }
    let providers = context.settings.external.providers
    let issuer = try await links.unlink(id, of: account, issuers: providers.map(\.issuer))
    try work.record(Self.unlinking, ExternalAccount.descriptor, id, before: before, after: nil)
    let name = providers.first { $0.issuer == issuer }?.displayName ?? issuer
    try await context.notify(.externalAccountUnlinked(provider: name), account, work)
  }

  /// The external account as the audit log keeps it: without the e-mail address.
  private func find(_ id: ID, in arena: Arena) async throws -> ExternalAccount? {
    try await work.first(
      ExternalAccount.self,
      """
      SELECT \(ExternalAccounts.columns(context.settings.external)) FROM identity.external_account a
       WHERE a.id = \(id) AND a.user_id = \(user)
      """, in: arena)
  }
}
