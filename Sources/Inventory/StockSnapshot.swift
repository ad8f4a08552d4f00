internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Sends the current stock of a selection page by page, so memory does not grow with the selection.
///
/// One statement reads each page with its snapshot. So it is known for every variant which changes its state contains,
/// even when changes are committed between two pages.
struct StockSnapshot {
  /// The maximum number of variants that are read at a time, and held until their reader has received them.
  private static let pageMax = stocksPerMessage
  /// Variants that are sent at a time.
  private static let stocksPerMessage = 250

  /// The order in which pages are read.
  struct Position: Comparable {
    let product: ID
    let variant: ID

    static func < (a: Position, b: Position) -> Bool { (a.product, a.variant) < (b.product, b.variant) }
  }

  /// A page that was sent.
  private struct Page {
    /// Its last position; nil when nothing follows.
    let end: Position?
    let visible: EventCursor.VisibleEvents
  }

  private let selection: StockSelection
  private let visibility: StockVisibility
  private let responses: ResponseStream<WatchInventoryResponse>
  private let signer: TokenSigner
  private let call: Call

  init(
    of selection: StockSelection, _ visibility: StockVisibility, to responses: ResponseStream<WatchInventoryResponse>,
    _ signer: TokenSigner, _ call: Call
  ) {
    self.signer = signer
    self.selection = selection
    self.visibility = visibility
    self.responses = responses
    self.call = call
  }

  /// - Parameter position: a position in the log that was current before.
  /// - Returns: what was covered.
  func send(from position: EventCursor) async throws -> SnapshotCoverage {
    var pages: [Page] = []
    var count = 0
    var after = Position(product: .none, variant: .none)
    while true {
      let rows = try await call.database.rows(query(after: after))
      guard let visible = try Self.visible(rows) else {
        throw PostgresError.mapping("a page of stock without a snapshot")
      }
      let stocks = try rows.filter { row throws(PostgresError) in try !row.isNull("variant_id") }
      try await send(stocks)
      count += stocks.count
      guard comesInPages, stocks.count == Self.pageMax, let last = stocks.last else {
        pages.append(Page(end: nil, visible: visible))
        break
      }
      after = try Self.position(of: last)
      pages.append(Page(end: after, visible: visible))
    }
    return try await complete(pages, count, from: position)
  }

  /// Whether its selection may be larger than a page; others are one.
  private var comesInPages: Bool {
    switch selection {
    case .variants, .product: false
    case .seller, .category: true
    }
  }

  private func complete(_ pages: [Page], _ count: Int, from position: EventCursor) async throws -> SnapshotCoverage {
    // The earliest snapshot covers the fewest changes, so a subscriber that resumes from this cursor may get a change
    // again that a later page contained.
    let upTo = pages.map(\.visible.upTo).max() ?? 0
    let visible = pages.first.map { EventCursor.VisibleEvents(snapshot: $0.visible.snapshot, upTo: upTo) }
    let cursor = EventCursor(log: position.log, seq: position.seq, visible: upTo > position.seq ? visible : nil)
    let response = WatchInventoryResponse(in: responses.arena)
    let complete = StateComplete(in: response.storage.arena)
    complete.variantCount = Int64(count)
    response.event = .stateComplete(complete)
    response.cursor = response.storage.arena.text(cursor.text(signedBy: signer))
    try await responses.send(response)
    return SnapshotCoverage(cursor: cursor) { header in
      guard header.seq > position.seq else { return true }
      // What changes a selection as a whole may concern every page.
      if header.startsOver { return pages.allSatisfy { $0.visible.contains(header) } }
      guard header.subjects.count >= 2 else { return false }
      let changed = Position(product: header.subjects[1], variant: header.subjects[0])
      return pages.first { $0.end.map { changed <= $0 } ?? true }?.visible.contains(header) ?? false
    }
  }

  private func send(_ stocks: [Row]) async throws {
    for start in stride(from: 0, to: stocks.count, by: Self.stocksPerMessage) {
      let response = WatchInventoryResponse(in: responses.arena)
      let state = StockState(in: response.storage.arena)
      for row in stocks[start..<min(start + Self.stocksPerMessage, stocks.count)] {
        try fill(state.stocks.appendNew(), from: row)
      }
      response.event = .state(state)
      try await responses.send(response)
    }
  }

  private func fill(_ stock: Stock, from row: Row) throws(PostgresError) {
    let arena = stock.storage.arena
    let seller = try row.id("seller_id")
    stock.variantID = arena.text(try row.string("variant_id"))
    stock.productID = arena.text(try row.string("product_id"))
    stock.sellerID = arena.text(try row.string("seller_id"))
    stock.available = try row.int64("available")
    stock.backorderable = try row.int64("sellable") - stock.available
    if let time = try row.optionalInstant("backorder_at") { stock.backorderTime = time.timestamp(in: arena) }
    stock.version = try row.int64("version")
    stock.etag = arena.text(ETag(version: stock.version).text)
    stock.updateTime = try row.instant("updated_at").timestamp(in: arena)
    if visibility.coversQuantities(of: seller) { try Self.fillQuantities(of: stock, from: row) }
  }

  private static func fillQuantities(of stock: Stock, from row: Row) throws(PostgresError) {
    stock.onHand = try row.int64("on_hand")
    stock.reserved = try row.int64("reserved")
    stock.safetyStock = try row.int64("safety_stock")
    let own = stock.warehouses.appendNew()
    own.warehouseID = stock.sellerID
    own.onHand = stock.onHand - (try row.int64("elsewhere_on_hand"))
    own.reserved = stock.reserved - (try row.int64("elsewhere_reserved"))
    guard let others = try row.optionalString("elsewhere") else { return }
    let arena = stock.storage.arena
    guard let read = try? Stock(json: "{\"warehouses\": \(others)}", in: arena, options: StockChanges.reading) else {
      throw .mapping("the stock in other warehouses")
    }
    for other in read.warehouses {
      let part = stock.warehouses.appendNew()
      part.warehouseID = other.warehouseID
      (part.onHand, part.reserved) = (other.onHand, other.reserved)
    }
  }

  private static func visible(_ rows: Rows) throws(PostgresError) -> EventCursor.VisibleEvents? {
    guard let row = rows.first, let snapshot = Snapshot(try row.string("snapshot")) else { return nil }
    return EventCursor.VisibleEvents(snapshot: snapshot, upTo: try row.int64("last"))
  }

  private static func position(of row: Row) throws(PostgresError) -> Position {
    Position(product: try row.id("product_id"), variant: try row.id("variant_id"))
  }
}

extension StockSnapshot {
  /// At least one row, with the snapshot that the statement had, and the last event's number read after it was taken.
  private func query(after position: Position) -> Query {
    """
    SELECT now.snapshot, now.last, s.variant_id, s.product_id, s.seller_id, s.on_hand, s.reserved, s.version,
           s.updated_at, inventory.available(s.on_hand, s.reserved, s.safety_stock) AS available,
           inventory.available(s.on_hand + s.backorder_limit, s.reserved, s.safety_stock) AS sellable,
           s.safety_stock, s.backorder_at, s.elsewhere_on_hand, s.elsewhere_reserved,
           CASE WHEN s.elsewhere <> '[]' THEN s.elsewhere::text END AS elsewhere
      FROM (SELECT pg_current_snapshot()::text AS snapshot,
                   (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM platform.event_seq) AS last) now
      LEFT JOIN LATERAL (\(stocks(after: position))) s ON true
     ORDER BY s.product_id, s.variant_id
    """
  }

  private func stocks(after position: Position) -> Query {
    switch selection {
    case .variants(let ids):
      """
      SELECT s.*
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id AND \(visibility.covers)
       WHERE s.variant_id = ANY (\(ids))
      """
    case .product(let id):
      """
      SELECT s.*
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id AND \(visibility.covers)
       WHERE s.product_id = \(id)
      """
    case .seller(let id):
      """
      SELECT s.*
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id AND \(visibility.covers)
       WHERE s.seller_id = \(id) AND (s.product_id, s.variant_id) > (\(position.product), \(position.variant))
       ORDER BY s.product_id, s.variant_id
       LIMIT \(Self.pageMax)
      """
    case .category(let id):
      """
      SELECT s.*
        FROM catalog.products_on_shelf(\(id), \(position.product)) p (id)
        JOIN inventory.stock s ON s.product_id = p.id
       WHERE (s.product_id, s.variant_id) > (\(position.product), \(position.variant))
       ORDER BY s.product_id, s.variant_id
       LIMIT \(Self.pageMax)
      """
    }
  }
}
