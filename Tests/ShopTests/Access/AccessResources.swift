import EventLoop
import IdentityAPI
import Platform
import Postgres
import Protobuf
import RPC
import Sealing
import Testing

/// An account with a session.
struct TestAccount: Sendable {
  let id: String
  let email: String
  let session: String
}

/// What belongs to one shop.
struct ShopResources: Sendable {
  let seller: String
  let category: String
  /// On sale.
  let product: String
  let variant: String
  /// Not on sale.
  let hiddenProduct: String
  let hiddenVariant: String
}

/// The accounts, shops and things of a test database, as one caller sees them: their own and others'. What a request
/// uses up is made anew for each.
struct AccessResources: Sendable {
  static let password = "plain words do nicely"
  static let absent = "018cc251-f400-7ade-9e36-000000000000"
  static let absentEmail = "nobody@example.com"

  /// What looks like a token that was handed out.
  static let unknownToken = String(repeating: "A", count: 43)

  let node: TestNode
  let caller: TestCaller
  /// The caller's account, or that of the program's owner.
  let account: TestAccount
  /// Somebody else's.
  let victim: TestAccount
  /// Somebody who may invite.
  let admin: TestAccount
  let shops: [ShopResources]
  let states: StateReader

  /// The thing that a relation means, for what there is in each shop.
  func shop(_ relation: AccessRelation, _ thing: KeyPath<ShopResources, String>) -> String {
    switch relation {
    case .own: shops[0][keyPath: thing]
    case .others: shops[1][keyPath: thing]
    case .absent: Self.absent
    }
  }

  /// The account that a relation means.
  func account(_ relation: AccessRelation) -> String {
    switch relation {
    case .own: account.id
    case .others: victim.id
    case .absent: Self.absent
    }
  }

  /// The address of that account.
  func email(_ relation: AccessRelation) -> String {
    switch relation {
    case .own: account.email
    case .others: victim.email
    case .absent: Self.absentEmail
    }
  }

  /// A new thing of the account that a relation means.
  func owned(
    _ relation: AccessRelation, _ make: (_ account: TestAccount) async throws -> String
  ) async throws -> String {
    switch relation {
    case .own: try await make(account)
    case .others: try await make(victim)
    case .absent: Self.absent
    }
  }

  /// A new thing of the shop that a relation means.
  func ofShop(_ relation: AccessRelation, _ make: (_ seller: String) async throws -> String) async throws -> String {
    switch relation {
    case .own: try await make(shops[0].seller)
    case .others: try await make(shops[1].seller)
    case .absent: Self.absent
    }
  }

  /// A UUID for a request.
  var requestID: String { TestID.next() }

  /// Runs a statement that answers with one row and a column `id`.
  func make(_ query: @escaping @Sendable () -> Query) async throws -> String {
    let loop = node.group.loops[0]
    return try await Task(executorPreference: loop) {
      let database = try #require(loop.database)
      return try await database.rows(query(), access: .write).first?.string("id") ?? ""
    }.value
  }

  /// The answer of `query`, which reads what is written in the database. `name` stands for `query`.
  func state(_ name: String, _ query: @escaping @Sendable () -> Query) async throws -> String {
    let snapshot = try await make { "SELECT pg_current_snapshot()::text AS id" }
    if let state = states.known(name, at: snapshot) { return state }
    let state = try await make(query)
    states.remember(name, state, at: snapshot)
    return state
  }

  /// A new address of the account; its former ones are gone.
  func address(of account: TestAccount) async throws -> String {
    _ = try await make { "DELETE FROM identity.address WHERE user_id = \(account.id)::uuid RETURNING id" }
    let json = "{\"address\": \(Self.addressJSON()), \"request_id\": \"\(requestID)\"}"
    let made: CreateAddressResponse = try await node.channel.unary(
      "/fastshop.identity.v1.AccountService/CreateAddress", try CreateAddressRequest(json: json, in: Arena()),
      node.options(as: .customer, account))
    return try #require(made.address).id.string
  }

  /// An address as JSON; `id` for one that is there.
  static func addressJSON(id: String = "") -> String {
    """
    {"id": "\(id)", "recipient": "Ada Lovelace", "street_lines": ["12 St James's Square"], "city": "London",
     "postal_code": "SW1Y 4JH", "country": "GB"}
    """
  }

  /// A variant of the shop, low on stock from now on.
  func lowStock(in shop: ShopResources) async throws -> String {
    try await make {
      """
      INSERT INTO inventory.stock_rules (variant_id, seller_id, low_stock_threshold, is_low)
      VALUES (\(shop.variant)::uuid, \(shop.seller)::uuid, 1000000, true)
      ON CONFLICT (variant_id) DO UPDATE SET low_stock_threshold = 1000000, is_low = true
      RETURNING variant_id AS id
      """
    }
  }

  /// A new warehouse of a shop, which is empty.
  func warehouse(of seller: String) async throws -> String {
    try await make {
      "INSERT INTO inventory.warehouse (seller_id, name) VALUES (\(seller)::uuid, 'Outlet') RETURNING id"
    }
  }

  /// A new entry in the ledger of a shop.
  func movement(in shop: ShopResources) async throws -> String {
    try await make {
      """
      INSERT INTO inventory.movement (variant_id, seller_id, delta, reason, on_hand, version)
      SELECT s.variant_id, s.seller_id, 1, 'counted', 1, 1000 + count(m.id)
        FROM inventory.stock s
        LEFT JOIN inventory.movement m ON m.variant_id = s.variant_id
       WHERE s.variant_id = \(shop.variant)::uuid
       GROUP BY s.variant_id
      RETURNING id
      """
    }
  }

  /// One more of a shop's variant.
  func addStock(in shop: ShopResources) async throws {
    _ = try await make {
      """
      UPDATE inventory.stock SET on_hand = on_hand + 1 WHERE variant_id = \(shop.variant)::uuid
      RETURNING variant_id AS id
      """
    }
  }

  /// A new open reservation of a variant of a shop.
  func reservation(in shop: ShopResources) async throws -> String {
    try await addStock(in: shop)
    return try await make {
      """
      INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity, allocation,
                                         created_at, expires_at)
      SELECT platform.uuid_v7(), s.variant_id, s.seller_id, s.seller_id, 1, 'whole', now(), now() + interval '1 day'
        FROM inventory.stock s
       WHERE s.variant_id = \(shop.variant)::uuid
      RETURNING reservation_id AS id
      """
    }
  }

  /// A new session of the account.
  func session(of account: TestAccount) async throws -> String {
    try await make {
      """
      INSERT INTO identity.session (user_id, created_at, last_active_at, expires_at)
      VALUES (\(account.id)::uuid, now(), now(), now() + interval '1 day')
      RETURNING id
      """
    }
  }

  /// A new account elsewhere of the account.
  func externalAccount(of account: TestAccount) async throws -> String {
    let subject = requestID
    return try await make {
      """
      INSERT INTO identity.external_account (user_id, issuer, subject, created_at)
      VALUES (\(account.id)::uuid, \(TestNode.issuer), \(subject), now())
      RETURNING id
      """
    }
  }

  /// A new API key of a shop; of the platform, for no shop.
  func key(of seller: String?) async throws -> String {
    let (hash, owner) = (SingleUseToken().hash, account.id)
    return try await make {
      """
      INSERT INTO identity.api_key (name, owner_id, seller_id, hint, hash, scopes, created_at, updated_at)
      VALUES ('a till', \(owner)::uuid, \(seller)::uuid, 'abcd', \(hash), '{catalog.read}', now(), now())
      RETURNING id
      """
    }
  }

  /// A new certificate of a shop; of the platform, for no shop.
  func certificate(of seller: String?) async throws -> String {
    let (subject, owner) = ("uri:spiffe://shop/\(requestID)", account.id)
    return try await make {
      """
      INSERT INTO identity.certificate (name, subject, owner_id, seller_id, scopes, created_at)
      VALUES ('a till', \(subject), \(owner)::uuid, \(seller)::uuid, '{catalog.read}', now())
      RETURNING id
      """
    }
  }

  /// A new account, whose role may be changed.
  func newAccount() async throws -> String {
    let email = "\(requestID)@example.com"
    return try await make {
      """
      INSERT INTO identity.user (email, email_key, email_verified_at, display_name)
      VALUES (\(email), \(email), now(), 'Ada')
      RETURNING id
      """
    }
  }

  /// A new role that nobody has.
  func role() async throws -> String {
    let name = "r" + requestID.filter(\.isHexDigit)
    return try await make {
      """
      INSERT INTO identity.role (name, title, permissions) VALUES (\(name), 'Auditor', '{audit.read}')
      RETURNING name AS id
      """
    }
  }

  /// A new invitation that waits, and its token.
  func invitation() async throws -> (id: String, token: String) {
    let (token, inviter, email) = (SingleUseToken(), admin.id, "\(requestID)@example.com")
    let id = try await make {
      """
      INSERT INTO identity.invitation (hash, email, email_key, role, invited_by, created_at, expires_at)
      VALUES (\(token.hash), \(email), \(email), 'support', \(inviter)::uuid, now(), now() + interval '1 day')
      RETURNING id
      """
    }
    return (id, token.text)
  }

  /// A new token that was mailed to the caller's account.
  func mailedToken(for purpose: String) async throws -> String {
    let (token, account) = (SingleUseToken(), account)
    _ = try await make {
      """
      INSERT INTO identity.mailed_token
             (hash, purpose, user_id, email_key, created_at, expires_at, credential_version)
      SELECT \(token.hash), \(purpose), u.id, \(account.email), now(), now() + interval '1 day', u.credential_version
        FROM identity.user u WHERE u.id = \(account.id)::uuid
      RETURNING user_id AS id
      """
    }
    return token.text
  }

  /// A new refresh token of a new session of the caller's account.
  func refreshToken() async throws -> String {
    let (token, session) = (SingleUseToken(), try await session(of: account))
    _ = try await make {
      """
      INSERT INTO identity.refresh_token (hash, session_id, issued_at) VALUES (\(token.hash), \(session)::uuid, now())
      RETURNING session_id AS id
      """
    }
    return token.text
  }

  /// A new device that waits, or that somebody else has decided on: its codes.
  func device(decided: Bool = false) async throws -> (code: String, userCode: String) {
    let letters = Array("BCDFGHJKLMNPQRSTVWXZ")
    let userCode = String((0..<8).map { _ in letters.randomElement() ?? "B" })
    let (token, owner) = (SingleUseToken(), victim.id)
    _ = try await make {
      """
      INSERT INTO identity.device_grant
             (device_hash, user_code, client_name, user_id, decided_at, created_at, expires_at)
      VALUES (\(token.hash), \(userCode), 'a till', CASE WHEN \(decided)::boolean THEN \(owner)::uuid END,
              CASE WHEN \(decided)::boolean THEN now() END, now(), now() + interval '10 minutes')
      RETURNING user_code AS id
      """
    }
    return (token.text, userCode)
  }

  /// The account gets a second factor, for somebody to take away.
  func secondFactor(of account: String) async throws {
    _ = try await make {
      """
      INSERT INTO identity.totp (user_id, secret, created_at, confirmed_at)
      VALUES (\(account)::uuid, '\\x00', now(), now())
      ON CONFLICT (user_id) DO NOTHING
      RETURNING user_id AS id
      """
    }
  }
}
