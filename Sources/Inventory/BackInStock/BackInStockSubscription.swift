internal import Identity
internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The subscription of a shopper to be told when a variant can be sold again.
struct BackInStockSubscription {
  /// Variants that an account waits for.
  static let subscriptionsMax = 100

  /// Whose it is.
  private enum Owner {
    case account(ID)
    case guest(EmailAddress)
  }

  private let variant: ID
  private let owner: Owner
  private let visibility: StockVisibility
  private let mailer: any StockMailer

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SubscribeBackInStockRequest, by caller: Caller, _ mailer: any StockMailer) throws {
    self.mailer = mailer
    visibility = StockVisibility(caller)
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    var owner: Owner?
    if let account = caller.account {
      check.require(request.email.isEmpty, "email", "Must be empty: the address of the account is used.")
      owner = .account(account)
    } else {
      owner = check.email(request.email.string, "email").map { .guest($0) }
    }
    try check.verify()
    guard let owner else { throw InventoryError.linkNotValid }  // verified above
    self.owner = owner
  }

  /// - Throws: ``InventoryError``.
  func carryOut(in work: Work) async throws -> SubscribeBackInStockResponse {
    guard let row = try await work.rows(BackInStock.lockStock(of: variant, visibility), access: .write).first else {
      throw InventoryError.noSuchVariant(variant.description)
    }
    if try row.int64("available") > 0 {
      guard try row.optionalInstant("buyable_from") != nil else { throw InventoryError.inStock(variant.description) }
      // Nothing else may happen to the stock before it can be bought.
      work.enqueue(try BackInStockMails.job(ofRow: row))
    }
    let response = SubscribeBackInStockResponse(in: work.arena)
    switch owner {
    case .account(let account): try await enter(account, in: work)
    case .guest(let email):
      response.needsConfirmation = true
      let name = VariantName(
        product: try row.string("product_title"), variant: try row.string("variant_title"), sku: "")
      try await ask(email, about: name, in: work)
    }
    return response
  }

  private func enter(_ account: ID, in work: Work) async throws {
    // Two at once would count without each other.
    work.send("SELECT pg_advisory_xact_lock(hashtext('inventory.back_in_stock'), hashtext(\(account)::uuid::text))")
    let entered = try await work.rows(
      """
      INSERT INTO inventory.back_in_stock (variant_id, user_id, created_at, confirmed_at)
      SELECT \(variant), \(account), \(work.now), \(work.now)
       WHERE (SELECT count(*) FROM inventory.back_in_stock b
               WHERE b.user_id = \(account) AND b.variant_id <> \(variant)) < \(Self.subscriptionsMax)
          ON CONFLICT ON CONSTRAINT back_in_stock_of_user DO UPDATE SET created_at = excluded.created_at
      RETURNING id
      """, access: .write)
    guard !entered.isEmpty else { throw InventoryError.tooManySubscriptions(most: Self.subscriptionsMax) }
  }

  /// Enters the subscription of a guest. A mail asks for the confirmation, unless the address has confirmed it before.
  private func ask(_ email: EmailAddress, about name: VariantName, in work: Work) async throws {
    let row = try await work.rows(
      """
      INSERT INTO inventory.back_in_stock (variant_id, email, email_key, created_at)
      VALUES (\(variant), \(email.deliverable), \(email.key), \(work.now))
          ON CONFLICT ON CONSTRAINT back_in_stock_of_email DO UPDATE SET created_at = excluded.created_at
      RETURNING id, confirmed_at IS NOT NULL AS is_confirmed
      """, access: .write
    ).first
    guard let row, try !row.bool("is_confirmed") else { return }
    let token = BackInStockToken.text(of: try row.id("id"), try work.vault)
    try await mailer.send(
      .confirmBackInStock(product: name.forShoppers, token: token),
      to: EmailRecipient(email: email.deliverable, name: ""), in: work)
  }
}

/// What the parts of back-in-stock mails share.
enum BackInStock {
  /// From when a product can be bought, of `p`, a row of catalog.product_sight; NULL for now. Those who wait do so in
  /// no channel, so the product's own time counts.
  static var wait: Query { "CASE WHEN p.buyable_from > now() THEN p.buyable_from END" }

  /// The stock of a variant that the caller may see. It does not change until the work ends: whoever waits for it is
  /// entered before it does, or finds that it has.
  static func lockStock(of variant: ID, _ visibility: StockVisibility) -> Query {
    """
    SELECT s.variant_id, inventory.available(s.on_hand, s.reserved, s.safety_stock) AS available,
           \(wait) AS buyable_from, v.product_title, v.variant_title, v.product_slug
      FROM inventory.stock s
      JOIN catalog.product_sight p ON p.id = s.product_id AND \(visibility.covers)
      JOIN catalog.names_of_variants(ARRAY[\(variant)::uuid]) v ON v.variant_id = s.variant_id
     WHERE s.variant_id = \(variant)
       FOR SHARE OF s
    """
  }
}
