internal import Identity
internal import Platform
internal import Postgres

/// Finds variants that can be sold again, now or at a time, and that somebody waits for.
enum BackInStockEvents {
  /// A change of a product may say that it can be bought now, or at another time.
  static var consumer: Consumer {
    Consumer("inventory.back_in_stock", of: [StockChanges.topicName, SaleEvents.products], body: find)
  }

  @Sendable private nonisolated(nonsending) static func find(_ events: [LoggedEvent], _ work: Work) async throws {
    let changed = events.filter { $0.topic == SaleEvents.products }
    let (variants, products) = (Set(events.map(\.key)).sorted(), Set(changed.map(\.key)).sorted())
    let found: [Query] = [
      "s.variant_id = ANY (\(variants)::uuid[])", "s.product_id = ANY (\(products)::uuid[])",
    ]
    for condition in found {
      for row in try await work.rows(awaited(among: condition), access: .write) {
        work.enqueue(try BackInStockMails.job(ofRow: row))
      }
    }
  }

  /// - Parameter condition: on `s`, a row of inventory.stock.
  static func awaited(among condition: Query) -> Query {
    """
    SELECT s.variant_id, \(BackInStock.wait) AS buyable_from
      FROM inventory.stock s
      JOIN catalog.product_sight p ON p.id = s.product_id AND p.is_on_sale
     WHERE \(condition)
       AND inventory.available(s.on_hand, s.reserved, s.safety_stock) > 0
       AND EXISTS (SELECT FROM inventory.back_in_stock b
                    WHERE b.variant_id = s.variant_id AND b.confirmed_at IS NOT NULL)
     ORDER BY s.variant_id
    """
  }
}

/// The job that tells those who wait for a variant that it is back: each once, and all while it is.
struct BackInStockMails: JobKind {
  struct Payload: Codable, Sendable {
    let variant: String
  }

  static let name = "inventory.back-in-stock"
  static let policy = JobPolicy { policy in policy.concurrency = 2 }
  /// The subscriptions that one unit of work ends.
  private static let subscriptionsMax = 100

  let mailer: any StockMailer

  /// The job about a variant. One that waits is enough for all changes before it begins.
  /// - Parameter buyableFrom: when it can be bought; nil for now. A change of that time makes another job.
  static func job(about variant: ID, buyableFrom: Instant? = nil) throws -> NewJob {
    let key = variant.description + (buyableFrom.map { "@\($0.microseconds)" } ?? "")
    return try job(Payload(variant: variant.description), key: .whileWaiting(key), dueAt: buyableFrom)
  }

  /// The job about the variant of a row with ``BackInStock/wait``.
  static func job(ofRow row: Row) throws -> NewJob {
    try job(about: try row.id("variant_id"), buyableFrom: try row.optionalInstant("buyable_from"))
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    guard let variant = ID(payload.variant) else { throw JobFailure.never("the variant is no UUID") }
    var told = Self.subscriptionsMax
    while told == Self.subscriptionsMax {
      try Task.checkCancellation()
      told = try await context.work { work in try await tell(variant, in: work) }
    }
  }

  /// Ends subscriptions, and requests the mails for them: both or neither.
  /// - Returns: how many.
  private nonisolated(nonsending) func tell(_ variant: ID, in work: Work) async throws -> Int {
    let stock = try await work.rows(BackInStock.lockStock(of: variant, .everybodys), access: .write).first
    guard let stock, try stock.int64("available") > 0 else { return 0 }
    guard try stock.optionalInstant("buyable_from") == nil else {
      work.enqueue(try Self.job(ofRow: stock))
      return 0
    }
    let name = VariantName(
      product: try stock.string("product_title"), variant: try stock.string("variant_title"), sku: "")
    let email = StockEmail.backInStock(product: name.forShoppers, slug: try stock.string("product_slug"))
    let subscriptions = try await work.rows(Self.end(variant, atMost: Self.subscriptionsMax), access: .write)
    var accounts: [ID] = []
    for subscription in subscriptions {
      if let address = try subscription.optionalString("email") {
        try await mailer.send(email, to: EmailRecipient(email: address, name: ""), in: work)
      } else {
        accounts.append(try subscription.id("user_id"))
      }
    }
    let people = try await IdentityModule.recipients(ofAccounts: accounts, in: work)
    for (_, person) in people.sorted(by: { $0.key < $1.key }) { try await mailer.send(email, to: person, in: work) }
    return subscriptions.count
  }

  static func end(_ variant: ID, atMost count: Int) -> Query {
    """
    DELETE FROM inventory.back_in_stock b
     WHERE b.id IN (SELECT o.id
                      FROM inventory.back_in_stock o
                     WHERE o.variant_id = \(variant) AND o.confirmed_at IS NOT NULL
                     ORDER BY o.id
                     LIMIT \(count)
                       FOR UPDATE SKIP LOCKED)
    RETURNING b.user_id, b.email
    """
  }
}

extension Chore {
  /// Ends subscriptions that were not confirmed, and those that nobody can still have.
  static let backInStock = Chore("inventory.old-subscriptions", "50 * * * *") { database in
    try await database.execute(
      .deletingBatch(
        of: "inventory.back_in_stock",
        where: """
          old.created_at < platform.retention_time() - interval '2 days'
            AND (old.confirmed_at IS NULL OR old.created_at < platform.retention_time() - interval '180 days')
          """))
  }
}
