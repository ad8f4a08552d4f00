package import Platform
package import Postgres

/// A customer's account without a password, which only a reset by e-mail gives it: for a demo shop.
package enum NewCustomer {
  /// Creates the account.
  /// - Returns: its id; nil when an account has the address, or it is none.
  package static func create(email: String, name: String, _ database: Database) async throws -> ID? {
    guard let address = try? EmailAddress(checking: email) else { return nil }
    let rows = try await database.rows(
      """
      INSERT INTO identity.user AS u (email, email_key, email_verified_at, display_name, role)
      VALUES (\(address.text), \(address.key), \(Instant.now), \(name), 'customer')
      ON CONFLICT (email_key) DO NOTHING
      RETURNING u.id
      """, access: .write)
    return try rows.first.flatMap { ID(try $0.string("id")) }
  }
}
