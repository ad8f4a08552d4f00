package import Platform
internal import Postgres

/// The addresses of people, for e-mails of other modules. People without a verified address, and disabled ones, get
/// none.
extension IdentityModule {
  /// The people of a shop that get an e-mail at most.
  private static let recipientsOfShopMax = 20

  /// Those who run shops, by shop; the first 20 of each.
  package static func recipients(ofShops sellers: [ID], in work: Work) async throws -> [ID: [EmailRecipient]] {
    let rows = try await work.rows(
      """
      SELECT s.id AS owner, u.email, u.display_name
        FROM unnest(\(sellers)::uuid[]) s (id)
       CROSS JOIN LATERAL (
         SELECT u.email, u.display_name, u.id
           FROM identity.user u
          WHERE u.seller_id = s.id AND u.role = \(Role.seller.rawValue) AND u.email_verified_at IS NOT NULL
            AND u.disabled_at IS NULL
          ORDER BY u.id
          LIMIT \(recipientsOfShopMax)) u
       ORDER BY s.id, u.id
      """, access: .write)
    return try read(rows)
  }

  /// Accounts, by id.
  package static func recipients(ofAccounts accounts: [ID], in work: Work) async throws -> [ID: EmailRecipient] {
    let rows = try await work.rows(
      """
      SELECT u.id AS owner, u.email, u.display_name
        FROM identity.user u
       WHERE u.id = ANY (\(accounts)::uuid[]) AND u.email_verified_at IS NOT NULL AND u.disabled_at IS NULL
      """, access: .write)
    return try read(rows).compactMapValues(\.first)
  }

  private static func read(_ rows: Rows) throws -> [ID: [EmailRecipient]] {
    var people: [ID: [EmailRecipient]] = [:]
    for row in rows {
      let person = EmailRecipient(email: try row.string("email"), name: try row.string("display_name"))
      let owner = try row.id("owner")
      people[owner, default: []].append(person)
    }
    return people
  }
}
