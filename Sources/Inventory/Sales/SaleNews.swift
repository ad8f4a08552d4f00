internal import Platform
internal import Postgres

/// Finds variants of which watchers have to hear that they went on sale, or that they are not on sale any more.
enum SaleEvents {
  private static let products = "catalog.product"
  /// All products of a seller are hidden, or shown again.
  private static let sellers = "sellers.visibility"

  static var consumer: Consumer { Consumer("inventory.sales", of: [products, sellers], body: find) }

  @Sendable private nonisolated(nonsending) static func find(_ events: [LoggedEvent], _ work: Work) async throws {
    let changed = Set(events.filter { $0.topic == products }.map(\.key)).sorted()
    for row in try await work.rows(news(among: changed), access: .write) {
      work.enqueue(try SaleNews.job(about: .product(try row.id("product_id"))))
    }
    for seller in Set(events.filter { $0.topic == sellers }.map(\.key)).sorted() {
      work.enqueue(try SaleNews.job(about: .seller(seller)))
    }
  }

  private static func news(among products: [ID]) -> Query {
    """
    SELECT DISTINCT s.product_id
      FROM inventory.stock s
      JOIN catalog.product_sight p ON p.id = s.product_id
     WHERE s.product_id = ANY (\(products)::uuid[]) AND s.is_told_on_sale <> p.is_on_sale
     ORDER BY s.product_id
    """
  }
}

/// The job that tells watchers whether the variants of a product, or all of a seller, are on sale: each that they were
/// told otherwise of last. A seller may have a million of them, so a unit of work has a page of them.
struct SaleNews: JobKind {
  struct Payload: Codable, Sendable {
    /// The UUID of the product; nil for a seller.
    var product: String?
    /// The UUID of the seller; nil for a product.
    var seller: String?
  }

  /// Whose variants they are.
  enum Subject: Sendable {
    case product(ID)
    case seller(ID)
  }

  /// The last variant of a page.
  private struct Position: Sendable {
    let product: ID
    let variant: ID
  }

  static let name = "inventory.tell-sales"
  static let policy = JobPolicy { policy in
    policy.concurrency = 2
    policy.timeLimit = .seconds(1_800)
    policy.isKeptWhenDone = false
  }
  /// The variants that one unit of work looks at: its locks are held for some milliseconds.
  private static let variantsMax = 250

  /// The job about a product or a seller. One that waits is enough for all changes before it begins.
  static func job(about subject: Subject) throws -> NewJob {
    switch subject {
    case .product(let id):
      try job(Payload(product: id.description), key: .whileWaiting("product \(id)"))
    case .seller(let id):
      try job(Payload(seller: id.description), key: .whileWaiting("seller \(id)"))
    }
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    let subject: Subject
    if let product = payload.product.flatMap({ ID($0) }) {
      subject = .product(product)
    } else if let seller = payload.seller.flatMap({ ID($0) }) {
      subject = .seller(seller)
    } else {
      throw JobFailure.never("the payload names neither a product nor a seller")
    }
    var next: Position? = Position(product: .none, variant: .none)
    while let position = next {
      try Task.checkCancellation()
      next = try await context.work { work in try await tell(of: subject, after: position, in: work) }
    }
  }

  /// Tells of the next variants, in the order of their products.
  /// - Returns: the position of the last one; nil when none follows.
  private nonisolated(nonsending) func tell(
    of subject: Subject, after position: Position, in work: Work
  ) async throws -> Position? {
    let rows = try await work.rows(Self.page(of: subject, after: position), access: .write)
    var last: Position?
    var news: [ID] = []
    for row in rows {
      let (product, variant) = (try row.id("product_id"), try row.id("variant_id"))
      last = Position(product: product, variant: variant)
      if try row.bool("is_news") { news.append(variant) }
    }
    if !news.isEmpty {
      var ledger = try await StockLedger.lock(news, of: .every, in: work)
      for variant in ledger.stocks.keys.sorted() { try ledger.tellSale(of: variant) }
      try ledger.send(in: work)
    }
    return rows.count < Self.variantsMax ? nil : last
  }

  private static func page(of subject: Subject, after position: Position) -> Query {
    let chosen: Query =
      switch subject {
      case .product(let id): "s.product_id = \(id)"
      case .seller(let id): "s.seller_id = \(id)"
      }
    return """
      SELECT s.product_id, s.variant_id, s.is_told_on_sale <> p.is_on_sale AS is_news
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id
       WHERE \(chosen) AND (s.product_id, s.variant_id) > (\(position.product), \(position.variant))
       ORDER BY s.product_id, s.variant_id
       LIMIT \(Self.variantsMax)
      """
  }
}
