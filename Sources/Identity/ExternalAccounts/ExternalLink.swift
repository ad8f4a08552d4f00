internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A user's accounts elsewhere change, inside a transaction. The audit log and the user are told: whoever has an
/// account elsewhere that is linked can always come back.
struct ExternalLink {
  let context: IdentityContext
  let work: UnitOfWork
  let user: ID
  let now: Instant

  private var transaction: Transaction { work.transaction }
  private var links: ExternalAccounts { ExternalAccounts(transaction: transaction, now: now) }

  /// From now on `person` signs the user in, who asked for it when `stamp` was so.
  func add(
    _ person: ExternalIdentity, of provider: ProviderSettings, asked stamp: SecurityStamp, in arena: Arena
  ) async throws -> ExternalAccount? {
    guard let account = try await Account.lock(stamp, at: now, transaction) else { throw IdentityError.invalidState }
    if account.isDisabled { throw IdentityError.accountDisabled }
    if try await links.user(of: person) != user {
      guard let id = try await links.link(person, to: user, signsIn: false) else {
        throw IdentityError.externalAccountTaken
      }
      try await tell(id, of: provider, account, in: arena)
    }
    return try await transaction.first(
      ExternalAccount.self,
      """
      SELECT \(ExternalAccounts.columns(context.settings.external)), a.email FROM identity.external_account a
       WHERE a.issuer = \(person.issuer) AND a.subject = \(person.subject)
      """, in: arena)
  }

  /// Tells who must know that an account elsewhere was linked.
  func tell(_ id: ID, of provider: ProviderSettings, _ account: Account, in arena: Arena) async throws {
    let after = try await find(id, in: arena)
    try await work.externalAccount(id, "identity.external_account.link", before: nil, after: after)
    try await context.tell(.externalAccountLinked(provider: provider.displayName), account, transaction)
  }

  /// From now on an account elsewhere does not sign the user in, who asked for it when `stamp` was so.
  func remove(_ id: ID, asked stamp: SecurityStamp, in arena: Arena) async throws {
    guard let account = try await Account.lock(stamp, at: now, transaction) else {
      throw IdentityError.credentialsChanged
    }
    try await remove(id, of: account, in: arena)
    try await AccountChanges(transaction: transaction, now: now).advanceCredentialVersion(by: user)
  }

  /// From now on no account elsewhere signs the user in, who is locked and has a password.
  func removeAll(in arena: Arena) async throws {
    guard let account = try await Account.lock(user, transaction) else { return }
    let rows = try await transaction.rows(
      "SELECT a.id FROM identity.external_account a WHERE a.user_id = \(user) ORDER BY a.id")
    for row in rows { try await remove(try row.id("id"), of: account, in: arena) }
  }

  private func remove(_ id: ID, of account: Account, in arena: Arena) async throws {
    guard let before = try await find(id, in: arena) else {
      throw IdentityError.noSuchExternalAccount(id.description)
    }
    let providers = context.settings.external.providers
    let issuer = try await links.unlink(id, of: account, issuers: providers.map(\.issuer))
    try await work.externalAccount(id, "identity.external_account.unlink", before: before, after: nil)
    let name = providers.first { $0.issuer == issuer }?.displayName ?? issuer
    try await context.tell(.externalAccountUnlinked(provider: name), account, transaction)
  }

  /// As the audit log keeps it: without the address.
  private func find(_ id: ID, in arena: Arena) async throws -> ExternalAccount? {
    try await transaction.first(
      ExternalAccount.self,
      """
      SELECT \(ExternalAccounts.columns(context.settings.external)) FROM identity.external_account a
       WHERE a.id = \(id) AND a.user_id = \(user)
      """, in: arena)
  }
}
