import Platform
import Postgres

@testable import Sellers

/// What belongs to sellers.
extension AccessResources {
  /// A trader as JSON.
  static let traderJSON = """
    {"company_name": "Oak & Iron GmbH", "street_lines": ["Ring 1"], "city": "Wien", "postal_code": "1010",
     "country": "AT", "register_number": "FN 123456a, Handelsgericht Wien", "vat_id": "ATU12345675",
     "email": "oak@example.com", "phone": "+43 1 2345678"}
    """

  /// A holiday as JSON, which begins in a month: until then, nothing is hidden.
  func holidayJSON() async throws -> String {
    try await make {
      """
      SELECT jsonb_build_object('startTime', to_char(now() + interval '30 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                'endTime', to_char(now() + interval '40 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                'note', 'Away')::text AS id
      """
    }
  }

  /// A new application of an account.
  func application(of account: String, _ state: String = "submitted") async throws -> String {
    let id = requestID
    let sealed = try TestShop.vault.seal(text: Self.traderJSON, for: SealedTrader.column.place(id))
    return try await make {
      """
      INSERT INTO sellers.application (id, applicant_id, state, slug, name, sealed, reason, decided_at)
      VALUES (\(id)::uuid, \(account)::uuid, \(state), 'shop-' || \(id), 'Oak', \(sealed),
              CASE \(state)::text WHEN 'rejected' THEN 'no' ELSE '' END,
              CASE \(state)::text WHEN 'rejected' THEN now() END)
      RETURNING id
      """
    }
  }

  /// A new shop without a team: the seller's id.
  func newShop(_ state: String = "active") async throws -> String {
    let slug = "shop-\(requestID)"
    return try await make {
      """
      WITH made AS (INSERT INTO catalog.seller (slug, name) VALUES (\(slug), 'Oak') RETURNING id)
      INSERT INTO sellers.shop (seller_id, state) SELECT made.id, \(state) FROM made
      RETURNING seller_id AS id
      """
    }
  }

  /// The slug of a seller.
  func slug(of seller: String) async throws -> String {
    try await make { "SELECT slug AS id FROM catalog.seller WHERE id = \(seller)::uuid" }
  }

  /// A new person in the team of a shop.
  func member(of seller: String, _ role: String = "catalog") async throws -> String {
    let user = try await newAccount()
    return try await make {
      """
      UPDATE identity.user SET role = 'seller', seller_id = \(seller)::uuid, shop_role = \(role)
       WHERE id = \(user)::uuid
      RETURNING id
      """
    }
  }

  /// A new invitation to the team of a shop.
  func teamInvitation(to seller: String) async throws -> String {
    let (inviter, email) = (admin.id, "\(requestID)@example.com")
    return try await make {
      """
      INSERT INTO identity.invitation
             (hash, email, email_key, role, seller_id, shop_role, invited_by, created_at, expires_at)
      VALUES (sha256(\(email)::text::bytea), \(email), \(email), 'seller', \(seller)::uuid, 'catalog',
              \(inviter)::uuid, now(), now() + interval '1 day')
      RETURNING id
      """
    }
  }
}
