internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Somebody whom a provider sends is let in: as the user whom they are linked to, or as the one they become.
struct ExternalSignIn {
  /// Two who become the same user at once meet; the second begins anew, and finds what the first has made.
  private static let attempts = 2
  private static let nobody = "Customer"

  let context: IdentityContext
  let provider: ProviderSettings
  let person: ExternalIdentity

  private struct Collision: Error {}

  /// The account, and whether it is new.
  func account(_ call: Call) async throws -> (account: Account, isNew: Bool) {
    for _ in 0..<Self.attempts {
      do {
        return try await context.change(call) { try await arrive(try UnitOfWork($0, call), in: call.arena) }
      } catch is Collision {
        continue
      }
    }
    throw IdentityError.invalidState
  }

  private func arrive(_ work: UnitOfWork, in arena: Arena) async throws -> (account: Account, isNew: Bool) {
    let (transaction, now) = (work.transaction, Instant.now)
    let links = ExternalAccounts(transaction: transaction, now: now)
    if let user = try await links.user(of: person) {
      guard let account = try await Account.lock(user, transaction) else { throw Collision() }
      if account.isDisabled { throw IdentityError.accountDisabled }
      guard try await links.noteUse(by: person) else { throw Collision() }
      return (account, false)
    }
    let (user, isNew) = try await settle(work, at: now)
    guard let id = try await links.link(person, to: user, signsIn: true),
      let account = try await Account.lock(user, transaction)
    else { throw Collision() }
    if !isNew {
      try await ExternalLink(context: context, work: work, user: user, now: now).tell(
        id, of: provider, account, in: arena)
    }
    return (account, isNew)
  }

  /// Whose account the person gets.
  private func settle(_ work: UnitOfWork, at now: Instant) async throws -> (user: ID, isNew: Bool) {
    let transaction = work.transaction
    var existing: Account?
    if let email = AccountMatch.email(of: person.claims), let found = try await Account.find(email, transaction) {
      existing = try await Account.lock(found.id, transaction)
      // Who comes twice at once may have been given this account a moment ago.
      let links = ExternalAccounts(transaction: transaction, now: now)
      if try await links.user(of: person) != nil { throw Collision() }
    }
    switch AccountMatch.outcome(person.claims, provider.linking, existing: existing.map(AccountMatch.Existing.init)) {
    case .refuse(let error): throw error
    case .link(let user, _): return (user, false)
    case .takeOver(let user, _):
      try await work.user(user, "identity.user.take_over") {
        try await UnverifiedAccountClaim(context: context, transaction: transaction, now: now).clear(user, for: name)
      }
      return (user, true)
    case .create(let email):
      let rows = try await transaction.rows(
        """
        INSERT INTO identity.user (email, email_key, email_verified_at, display_name, locale)
        VALUES (\(email.text), \(email.key), \(now), \(name), \(locale))
        ON CONFLICT (email_key) DO NOTHING
        RETURNING id
        """, access: .write)
      guard let row = rows.first else { throw Collision() }
      return (try row.id("id"), true)
    }
  }

  /// What others call the person: as the provider does, if that is a name.
  private var name: String {
    var check = RequestCheck()
    let name = check.displayName(person.claims.name ?? "", "name")
    return (try? check.verify()) != nil ? name : Self.nobody
  }

  private var locale: String {
    var check = RequestCheck()
    let locale = check.locale(person.claims.locale ?? "", "locale")
    return (try? check.verify()) != nil ? locale : ""
  }
}

extension AccountMatch.Existing {
  init(_ account: Account) {
    self.init(
      id: account.id, isVerified: account.isVerified, isDisabled: account.isDisabled, isStaff: account.isStaff)
  }
}

extension IdentityContext {
  /// Writes to an account's owner.
  func tell(_ letter: AccountEmail, _ account: Account, _ transaction: Transaction) async throws {
    try await mailer.send(letter, to: account.emailRecipient, in: transaction)
  }
}
