internal import EventLoop
package import Postgres

/// An account that may do everything, made by whoever runs the server.
package struct NewAdmin: Sendable {
  /// Why it cannot be made.
  package enum Refusal: Error, Equatable, CustomStringConvertible {
    case badEmail
    case badPassword(String)
    case badName
    case exists

    /// A sentence for operators.
    package var description: String {
      switch self {
      case .badEmail: "the e-mail address must be one such as ada@example.com"
      case .badPassword(let rule): "the password cannot be used: \(rule)"
      case .badName: "the name must have 1 to 100 characters"
      case .exists: "there is an account with this e-mail address"
      }
    }
  }

  private static let nameCharactersMax = 100

  private let email: EmailAddress
  private let password: String
  private let name: String

  /// Checks what was given.
  package init(email: String, password: String, name: String) throws(Refusal) {
    guard let address = EmailAddress(email) else { throw .badEmail }
    if let rule = PasswordRules.complaint(about: password, email: address) { throw .badPassword(rule) }
    guard (1...Self.nameCharactersMax).contains(name.unicodeScalars.count) else { throw .badName }
    self.email = address
    self.password = password
    self.name = name
  }

  /// Makes the account.
  package func create(_ database: Database) async throws {
    let hash = try await PasswordHasher().hash(password, on: database.loop)
    let made = try await database.execute(
      """
      INSERT INTO identity.user (email, email_key, email_verified_at, password_hash, display_name, role)
      VALUES (\(email.text), \(email.key), \(Instant.now), \(hash), \(name), 'admin')
      ON CONFLICT (email_key) DO NOTHING
      """)
    guard made == 1 else { throw Refusal.exists }
  }
}
