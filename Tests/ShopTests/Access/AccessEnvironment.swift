import EventLoop
import IdentityAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

/// A served shop with an account and a session for every caller, two sellers with a hidden product each, and somebody
/// else whose things nobody may touch.
struct AccessEnvironment: Sendable {
  let node: TestNode
  private let accounts: [TestCaller: TestAccount]
  private let victim: TestAccount
  private let shops: [ShopResources]
  private let states = StateReader()

  init(_ node: TestNode) async throws {
    self.node = node
    try await node.startModules()
    let password = """
      {"email": "seed@example.com", "password": "\(AccessResources.password)", "display_name": "Ada"}
      """
    let _: RegisterUserResponse = try await node.channel.unary(
      "/fastshop.identity.v1.AuthService/RegisterUser", try RegisterUserRequest(json: password, in: Arena()))
    shops = try await Self.shops(node)
    try await Self.run(node) {
      "INSERT INTO identity.role (name, title, permissions) VALUES ('powerless', 'Powerless', '{}')"
    }
    var accounts: [TestCaller: TestAccount] = [:]
    for caller in TestCaller.allCases {
      let shop = TestCaller.ofSecondShop.contains(caller) ? shops[1] : shops[0]
      let hasShop = caller == .seller || caller == .otherSeller
      accounts[caller] = try await Self.account(
        node, "\(caller.rawValue)@example.com", caller.roleName, seller: hasShop ? shop.seller : nil)
    }
    self.accounts = accounts
    victim = try await Self.account(node, "victim@example.com", "customer", seller: nil)
    try await Self.run(node) { "CREATE TABLE public.user_before AS SELECT * FROM identity.user" }
  }

  /// The things as `caller` sees them.
  func things(for caller: TestCaller) throws -> AccessResources {
    AccessResources(
      node: node, caller: caller, account: try #require(accounts[caller]), victim: victim,
      admin: try #require(accounts[.admin]), shops: shops, states: states)
  }

  /// What the caller shows.
  func options(for caller: TestCaller) throws -> CallOptions {
    let shop = TestCaller.ofSecondShop.contains(caller) ? shops[1] : shops[0]
    return node.options(as: caller, try #require(accounts[caller]), seller: shop.seller)
  }

  /// Undoes what calls that were served have done to the accounts, and forgets their failed attempts.
  func reset() async throws {
    let statements: [@Sendable () -> Query] = [
      {
        """
        UPDATE identity.user u
           SET role = b.role, seller_id = b.seller_id, password_hash = b.password_hash, disabled_at = b.disabled_at,
               email_verified_at = b.email_verified_at
          FROM public.user_before b WHERE b.id = u.id
        """
      },
      { "DELETE FROM identity.totp" }, { "DELETE FROM identity.external_account" }, { "DELETE FROM identity.api_key" },
      { "DELETE FROM identity.certificate" }, { "DELETE FROM identity.invitation" },
      { "DELETE FROM inventory.reservation" }, { "DELETE FROM inventory.warehouse_stock" },
      { "DELETE FROM inventory.warehouse WHERE id <> seller_id" },
      { "DELETE FROM identity.device_grant" }, { "DELETE FROM security.failure" },
      { "UPDATE identity.session SET ended_at = NULL, end_reason = NULL, created_at = now()" },
    ]
    for statement in statements { try await Self.run(node, statement) }
  }

  /// What calls could change: one number for all of it, or for what is others' and not the account's of `own`.
  func state(ofOthers: Bool, but own: String = "") async throws -> String {
    let (id, seller) = (victim.id, shops[1].seller)
    return try await things(for: .guest).state(ofOthers ? "others' but \(own)" : "all") {
      Self.state(ofOthers: ofOthers, id, seller, but: own)
    }
  }

  /// Of every table but those that record calls, which are found in the catalogue of Postgres, so that a new one is not
  /// missed. Where all rows count, their versions do (`xmin`), which costs a tenth of reading their values. Without the
  /// moments at which keys were used last: they are noted in the background.
  private static func state(ofOthers: Bool, _ id: String, _ seller: String, but own: String) -> Query {
    """
    SELECT md5(string_agg(part, '' ORDER BY part)) AS id
      FROM (SELECT c.oid::text || query_to_xml(
                     format(
                       $$
                       SELECT count(*), sum(hashtextextended(t, 0)) FROM (SELECT %1$s AS t FROM %2$I.%3$I r) t
                        WHERE NOT %4$L::boolean OR t LIKE '%%' || %5$L || '%%'
                           OR t LIKE '%%' || %6$L || '%%' AND (%7$L = '' OR t NOT LIKE '%%' || %7$L || '%%')
                       $$,
                       CASE WHEN EXISTS (
                              SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'last_used_at')
                            THEN '(to_jsonb(r) - ''last_used_at'')::text'
                            WHEN \(ofOthers)::boolean THEN 'r::text'
                            ELSE 'r.ctid::text || r.xmin::text' END,
                       n.nspname, c.relname, \(ofOthers)::boolean, \(id)::text, \(seller)::text, \(own)::text),
                     true, false, '')::text AS part
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r'
               AND n.nspname NOT IN (
                     'pg_catalog', 'information_schema', 'public', 'platform', 'audit', 'security', 'mail')) parts
    """
  }

  private static func run(_ node: TestNode, _ statement: @escaping @Sendable () -> Query) async throws {
    let loop = node.group.loops[0]
    try await Task(executorPreference: loop) {
      _ = try await #require(loop.database).execute(statement())
    }.value
  }

  private static func rows<R: Sendable>(
    _ node: TestNode, _ query: @escaping @Sendable () -> Query, _ read: @escaping @Sendable (Row) throws -> R
  ) async throws -> [R] {
    let loop = node.group.loops[0]
    return try await Task(executorPreference: loop) {
      try await #require(loop.database).rows(query(), access: .write).map(read)
    }.value
  }

  private static func account(
    _ node: TestNode, _ email: String, _ role: String, seller: String?
  ) async throws -> TestAccount {
    let email = email.lowercased()
    let query: @Sendable () -> Query = {
      """
      WITH made AS (
        INSERT INTO identity.user (email, email_key, email_verified_at, password_hash, display_name, role, seller_id)
        SELECT \(email), \(email), now(), s.password_hash, 'Ada', \(role), \(seller)::uuid
          FROM identity.user s WHERE s.email_key = 'seed@example.com'
        RETURNING id
      )
      INSERT INTO identity.session (user_id, created_at, last_active_at, expires_at)
      SELECT made.id, now(), now(), now() + interval '1 day' FROM made
      RETURNING user_id, id
      """
    }
    let made = try await rows(node, query) {
      TestAccount(id: try $0.string("user_id"), email: email, session: try $0.string("id"))
    }
    return try #require(made.first)
  }

  /// Two sellers' things; one product of each is taken off sale.
  private static func shops(_ node: TestNode) async throws -> [ShopResources] {
    let query: @Sendable () -> Query = {
      """
      SELECT s.seller_id AS seller, min(p.category_id::text) AS category,
             (array_agg(p.id ORDER BY p.id))[1] AS product, (array_agg(s.variant_id ORDER BY p.id))[1] AS variant,
             (array_agg(p.id ORDER BY p.id DESC))[1] AS hidden,
             (array_agg(s.variant_id ORDER BY p.id DESC))[1] AS hidden_variant
        FROM inventory.stock s
        JOIN catalog.product p ON p.id = s.product_id
       WHERE p.status = 'active'
       GROUP BY s.seller_id HAVING count(DISTINCT p.id) >= 2
       ORDER BY s.seller_id
       LIMIT 2
      """
    }
    let found = try await rows(node, query) {
      ShopResources(
        seller: try $0.string("seller"), category: try $0.string("category"), product: try $0.string("product"),
        variant: try $0.string("variant"), hiddenProduct: try $0.string("hidden"),
        hiddenVariant: try $0.string("hidden_variant"))
    }
    try #require(found.count == 2)
    for shop in found {
      try await run(node) {
        """
        UPDATE catalog.product SET status = 'archived', slug = 'hidden-' || id WHERE id = \(shop.hiddenProduct)::uuid
        """
      }
      try await run(node) { "SELECT catalog.shelve_products(ARRAY[\(shop.hiddenProduct)::uuid])" }
    }
    return found
  }
}

extension TestNode {
  /// Calls as somebody who has an account.
  func options(as caller: TestCaller, _ account: TestAccount, seller: String = "") -> CallOptions {
    var options = CallOptions()
    options.timeout = .seconds(20)
    options.metadata.add(TestAuthenticator.caller, caller.rawValue)
    options.metadata.add(TestAuthenticator.account, account.id)
    options.metadata.add(TestAuthenticator.session, account.session)
    if !seller.isEmpty { options.metadata.add(TestAuthenticator.seller, seller) }
    return options
  }
}
