internal import EventLoop
internal import IdentityAPI
package import Platform
package import Postgres
internal import Protobuf
internal import Security

/// A new administrator account, which an operator of the server creates.
package struct NewAdmin: Sendable {
  /// Why the account cannot be created.
  package enum Refusal: Error, Equatable, CustomStringConvertible {
    case badEmail(EmailAddress.Fault)
    case badPassword(String)
    case badName
    case exists

    /// A sentence for operators.
    package var description: String {
      switch self {
      case .badEmail(let fault): "the e-mail address cannot be used: \(fault)"
      case .badPassword(let rule): "the password cannot be used: \(rule)"
      case .badName: "the name must have 1 to 100 characters, at least one of them visible"
      case .exists: "an account with this e-mail address exists"
      }
    }
  }

  private let email: EmailAddress
  private let password: String
  private let name: String

  /// Validates the arguments.
  package init(email: String, password: String, name: String) throws(Refusal) {
    let address: EmailAddress
    do throws(EmailAddress.Fault) { address = try EmailAddress(checking: email) } catch { throw .badEmail(error) }
    if let rule = PasswordRules.complaint(about: password, email: address) { throw .badPassword(rule) }
    var check = RequestCheck()
    let shown = check.displayName(name, "name")
    guard (try? check.verify()) != nil else { throw .badName }
    self.email = address
    self.password = password
    self.name = shown
  }

  /// Whether an account with the address exists.
  package func exists(_ database: Database) async throws -> Bool {
    try await !database.rows("SELECT email_key FROM identity.user WHERE email_key = \(email.key)").isEmpty
  }

  /// Creates the account on behalf of the operator who runs `command`, and records it in the audit log.
  /// - Parameter vault: the vault of the database; nil while it has no keys.
  package func create(_ database: Database, byCommand command: String, vault: Vault?) async throws {
    let hash = try await PasswordHasher().hash(password, on: database.loop)
    try await database.work(as: .command(command, vault: vault)) { work in
      let made = try await work.first(
        User.self,
        """
        INSERT INTO identity.user AS u (email, email_key, email_verified_at, password_hash, display_name, role)
        VALUES (\(email.text), \(email.key), \(Instant.now), \(hash), \(name), 'admin')
        ON CONFLICT (email_key) DO NOTHING
        RETURNING \(IdentityAuditLog.userColumns)
        """)
      guard let made else { throw Refusal.exists }
      try work.record("identity.user.create_admin", User.descriptor, made.id.string, before: nil, after: made)
      work.report(
        SecurityEventReport(
          .privilegeChanged, user: ID(made.id.string), detail: "\(command) created an administrator"))
    }
  }
}
