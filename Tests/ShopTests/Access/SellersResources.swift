import Catalog
import Files
import Foundation
import Platform
import Postgres
import Testing

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

  /// The application of an account that waits, without documents: a new one, if there is none.
  func waitingApplication(of account: String) async throws -> String {
    let id = requestID
    let sealed = try TestShop.vault.seal(text: Self.traderJSON, for: SealedTrader.column.place(id))
    let waiting = try await make {
      """
      WITH made AS (
        INSERT INTO sellers.application (id, applicant_id, slug, name, sealed)
        VALUES (\(id)::uuid, \(account)::uuid, 'shop-' || \(id), 'Oak', \(sealed))
            ON CONFLICT (applicant_id) WHERE state = 'submitted' DO NOTHING
        RETURNING id
      )
      SELECT id FROM made
       UNION ALL
      SELECT a.id FROM sellers.application a WHERE a.applicant_id = \(account)::uuid AND a.state = 'submitted'
       LIMIT 1
      """
    }
    _ = try await make { "DELETE FROM sellers.document WHERE application_id = \(waiting)::uuid RETURNING id" }
    return waiting
  }

  /// Decides the application of an account that waits, so that it may apply.
  func endApplications(of account: String) async throws {
    _ = try await make {
      """
      UPDATE sellers.application SET state = 'rejected', reason = 'no', decided_at = now()
       WHERE applicant_id = \(account)::uuid AND state = 'submitted'
      RETURNING id
      """
    }
  }

  /// A new document of an application: a PNG of one pixel.
  func document(of application: String) async throws -> String {
    let (document, owner) = (SealedDocument(.made(at: .now), named: "Extract"), try #require(ID(application)))
    let bytes = [UInt8](try #require(Data(base64Encoded: Self.pixel)))
    let storage = node.media.settings.uploads
    let file = try await storage.staging.file()
    try await file.append(try document.seal(bytes, at: 0, isLast: true))
    let key = try #require(StoredDocument.key(document.id, of: owner))
    try await storage.store.put(file, as: key, contentType: "application/octet-stream")
    let sealed = try document.sealed(TestShop.vault)
    return try await make {
      """
      INSERT INTO sellers.document (id, application_id, state, content_type, size_bytes, sealed, created_at)
      VALUES (\(document.id), \(owner), 'stored', 'image/png', \(Int64(bytes.count)), \(sealed), now())
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
