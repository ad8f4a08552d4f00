internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Signs a person in whom a provider authenticated: as the linked user, or as a new one.
struct ExternalSignIn {
  /// Two concurrent sign-ins of a new person conflict. The second starts again and finds the user of the first.
  private static let attempts = 2
  private static let nobody = "Customer"

  let context: IdentityContext
  let provider: ProviderSettings
  let person: ExternalIdentity

  private struct Conflict: Error {}

  /// Returns the account, and whether it is new.
  func account(_ call: Call) async throws -> (account: Account, isNew: Bool) {
    for _ in 0..<Self.attempts {
      do {
        return try await context.work(call) { try await resolve($0, in: call.arena) }
      } catch is Conflict {
        continue
      }
    }
    throw IdentityError.invalidState
  }

  private func resolve(_ work: Work, in arena: Arena) async throws -> (account: Account, isNew: Bool) {
    let now = work.now
    let links = ExternalAccounts(work: work, now: now)
    if let user = try await links.user(of: person) {
      guard let account = try await Account.lock(user, work) else { throw Conflict() }
      if account.isDisabled { throw IdentityError.accountDisabled }
      guard try await links.noteUse(by: person) else { throw Conflict() }
      return (account, false)
    }
    let (user, isNew) = try await findOrCreateUser(work, at: now)
    guard let id = try await links.link(person, to: user, signsIn: true),
      let account = try await Account.lock(user, work)
    else { throw Conflict() }
    let link = ExternalLink(context: context, work: work, user: user, now: now)
    if isNew {
      try await link.record(id, in: arena)
    } else {
      try await link.notify(id, of: provider, account, in: arena)
    }
    return (account, isNew)
  }

  /// Finds or creates the user of the person.
  private func findOrCreateUser(_ work: Work, at now: Instant) async throws -> (user: ID, isNew: Bool) {
    var existing: Account?
    if let email = AccountMatch.email(of: person.claims), let found = try await Account.find(email, work) {
      existing = try await Account.lock(found.id, work)
      // A concurrent sign-in of the same person may have linked the account by now.
      let links = ExternalAccounts(work: work, now: now)
      if try await links.user(of: person) != nil { throw Conflict() }
    }
    switch AccountMatch.outcome(person.claims, provider.linking, existing: existing.map(AccountMatch.Existing.init)) {
    case .refuse(let error): throw error
    case .link(let user, _): return (user, false)
    case .claim(let user, _):
      try await work.recordUserChange(of: user, "identity.user.take_over") {
        try await UnverifiedAccountClaim(context: context, work: work, now: now).clear(user, for: name)
      }
      return (user, true)
    case .create(let email):
      let rows = try await work.rows(
        """
        INSERT INTO identity.user (email, email_key, email_verified_at, display_name, locale)
        VALUES (\(email.text), \(email.key), \(now), \(name), \(locale))
        ON CONFLICT (email_key) DO NOTHING
        RETURNING id
        """, access: .write)
      guard let row = rows.first else { throw Conflict() }
      return (try row.id("id"), true)
    }
  }

  /// The display name: the name that the provider tells, if it is valid.
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
  /// Sends an e-mail to the owner of an account.
  func notify(_ email: AccountEmail, _ account: Account, _ work: Work) async throws {
    try await mailer.send(email, to: account.emailRecipient, in: work)
  }
}
