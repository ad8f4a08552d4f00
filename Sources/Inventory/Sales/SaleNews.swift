internal import Platform
internal import Postgres

/// Finds variants of which watchers have to hear that they went on sale, that they are not on sale any more, or that
/// they are in another category.
enum SaleEvents {
  static let products = "catalog.product"
  /// All products of a seller are hidden, or shown again.
  private static let sellers = "sellers.visibility"
  /// A part of the tree of categories is elsewhere, with its products: which ones are in the categories that the event
  /// concerns has changed.
  private static let shelves = "catalog.shelf"

  static var consumer: Consumer { Consumer("inventory.sales", of: [products, sellers, shelves], body: find) }

  @Sendable private nonisolated(nonsending) static func find(_ events: [LoggedEvent], _ work: Work) async throws {
    let changed = Set(events.filter { $0.topic == products }.map(\.key)).sorted()
    for row in try await work.rows(news(among: changed), access: .write) {
      work.enqueue(try SaleNews.job(about: .product(try row.id("product_id"))))
    }
    for seller in Set(events.filter { $0.topic == sellers }.map(\.key)).sorted() {
      work.enqueue(try SaleNews.job(about: .seller(seller)))
    }
    // One event, however many products there are: watchers of these categories read their state again.
    for event in events where event.topic == shelves {
      work.publish(
        NewEvent(
          StockChanges.topicName, StockChanges.selectionChanged, of: event.key, subjects: event.header.subjects))
    }
  }

  static func news(among products: [ID]) -> Query {
    """
    SELECT s.product_id
      FROM inventory.stock s
      JOIN catalog.product_sight p ON p.id = s.product_id
     WHERE s.product_id = ANY (\(products)::uuid[]) AND s.is_told_on_sale <> p.is_on_sale
     UNION
    SELECT l.product_id FROM inventory.left_category l WHERE l.product_id = ANY (\(products)::uuid[])
     ORDER BY product_id
    """
  }
}

/// The job that tells watchers whether the variants of a product, or all of a seller, are on sale: each that they were
/// told otherwise of last. A seller may have a million of them, so a unit of work has a page of them. It also tells
/// that a product has left categories.
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
  /// The categories that one change tells of as left.
  private static let categoriesMax = 200

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
    if let product = payload.product.flatMap({ ID($0) }) {
      var hasMore = true
      while hasMore {
        try Task.checkCancellation()
        hasMore = try await context.work { work in try await tell(ofProduct: product, in: work) }
      }
    } else if let seller = payload.seller.flatMap({ ID($0) }) {
      var next: Position? = Position(product: .none, variant: .none)
      while let position = next {
        try Task.checkCancellation()
        next = try await context.work { work in try await tell(ofSeller: seller, after: position, in: work) }
      }
    } else {
      throw JobFailure.never("the payload names neither a product nor a seller")
    }
  }

  /// Tells of all variants of a product, at most 250.
  /// - Returns: whether there may be more categories that it has left.
  private nonisolated(nonsending) func tell(ofProduct product: ID, in work: Work) async throws -> Bool {
    // Before the variants are read with their present categories: a change in between is told of by its own job.
    let left = try await work.rows(Self.takeLeftCategories(of: product), access: .write)
    let variants = try await work.rows(
      "SELECT s.variant_id FROM inventory.stock s WHERE s.product_id = \(product) ORDER BY s.variant_id", access: .write
    )
    try await tell(
      of: try variants.map { try $0.id("variant_id") }, leaving: try left.map { try $0.id("category_id") }, in: work)
    return left.count == Self.categoriesMax
  }

  /// Tells of the next variants of a seller, in the order of their products.
  /// - Returns: the position of the last one; nil when none follows.
  private nonisolated(nonsending) func tell(
    ofSeller seller: ID, after position: Position, in work: Work
  ) async throws -> Position? {
    let rows = try await work.rows(Self.page(of: seller, after: position), access: .write)
    var last: Position?
    var news: [ID] = []
    for row in rows {
      let (product, variant) = (try row.id("product_id"), try row.id("variant_id"))
      last = Position(product: product, variant: variant)
      if try row.bool("is_news") { news.append(variant) }
    }
    try await tell(of: news, leaving: [], in: work)
    return rows.count < Self.variantsMax ? nil : last
  }

  private nonisolated(nonsending) func tell(
    of variants: [ID], leaving categories: [ID], in work: Work
  ) async throws {
    if variants.isEmpty { return }
    var ledger = try await StockLedger.lock(variants, of: .every, in: work)
    for variant in ledger.stocks.keys.sorted() { try ledger.tellSale(of: variant, leaving: categories) }
    try ledger.send(in: work)
  }

  private static func takeLeftCategories(of product: ID) -> Query {
    """
    DELETE FROM inventory.left_category l
     WHERE l.product_id = \(product)
       AND l.category_id IN (SELECT o.category_id
                               FROM inventory.left_category o
                              WHERE o.product_id = \(product)
                              ORDER BY o.category_id
                              LIMIT \(categoriesMax))
    RETURNING l.category_id
    """
  }

  private static func page(of seller: ID, after position: Position) -> Query {
    """
    SELECT s.product_id, s.variant_id, s.is_told_on_sale <> p.is_on_sale AS is_news
      FROM inventory.stock s
      JOIN catalog.product_sight p ON p.id = s.product_id
     WHERE s.seller_id = \(seller) AND (s.product_id, s.variant_id) > (\(position.product), \(position.variant))
     ORDER BY s.product_id, s.variant_id
     LIMIT \(variantsMax)
    """
  }
}
