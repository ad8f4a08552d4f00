internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Sends the present stock of a selection, page by page: memory does not grow with the selection.
///
/// Each page is read by one statement, with its snapshot. So for every variant it is known exactly which changes its
/// state contained, also when changes were committed between two pages.
struct PresentStock {
  /// Variants that are read at a time, and held as long as their reader takes: no more than a message has.
  private static let pageMax = stocksPerMessage
  /// Variants that are sent at a time.
  private static let stocksPerMessage = 250

  /// The order in which pages are read.
  struct Place: Comparable {
    let product: ID
    let variant: ID

    static func < (a: Place, b: Place) -> Bool { (a.product, a.variant) < (b.product, b.variant) }
  }

  /// A page that was sent.
  private struct Page {
    /// Its last place; nil when nothing follows.
    let end: Place?
    let seen: EventCursor.Seen
  }

  private let selection: StockSelection
  private let sight: StockSight
  private let responses: ResponseStream<WatchInventoryResponse>
  private let signer: TokenSigner
  private let call: Call

  init(
    of selection: StockSelection, _ sight: StockSight, to responses: ResponseStream<WatchInventoryResponse>,
    _ signer: TokenSigner, _ call: Call
  ) {
    self.signer = signer
    self.selection = selection
    self.sight = sight
    self.responses = responses
    self.call = call
  }

  /// - Parameter place: a place in the log that was current before.
  /// - Returns: what was covered.
  func send(from place: EventCursor) async throws -> StateCover {
    var pages: [Page] = []
    var count = 0
    var after = Place(product: .none, variant: .none)
    while true {
      let rows = try await call.database.rows(query(after: after))
      guard let seen = try Self.seen(rows) else { throw PostgresError.mapping("a page of stock without a snapshot") }
      let stocks = try rows.filter { row throws(PostgresError) in try !row.isNull("variant_id") }
      try await send(stocks)
      count += stocks.count
      guard comesInPages, stocks.count == Self.pageMax, let last = stocks.last else {
        pages.append(Page(end: nil, seen: seen))
        break
      }
      after = try Self.place(of: last)
      pages.append(Page(end: after, seen: seen))
    }
    return try await complete(pages, count, from: place)
  }

  /// Whether its selection may be larger than a page; others are one.
  private var comesInPages: Bool {
    switch selection {
    case .variants, .product: false
    case .seller, .category: true
    }
  }

  private func complete(_ pages: [Page], _ count: Int, from place: EventCursor) async throws -> StateCover {
    // The earliest snapshot says least: whoever comes back with this cursor may hear again what a later page contained.
    let upTo = pages.map(\.seen.upTo).max() ?? 0
    let seen = pages.first.map { EventCursor.Seen(snapshot: $0.seen.snapshot, upTo: upTo) }
    let cursor = EventCursor(log: place.log, seq: place.seq, seen: upTo > place.seq ? seen : nil)
    let response = WatchInventoryResponse(in: responses.arena)
    let complete = StateComplete(in: response.storage.arena)
    complete.variantCount = Int64(count)
    response.event = .stateComplete(complete)
    response.cursor = response.storage.arena.text(cursor.text(signedBy: signer))
    try await responses.send(response)
    return StateCover(cursor: cursor) { mark in
      guard mark.seq > place.seq else { return true }
      guard mark.subjects.count >= 2 else { return false }
      let changed = Place(product: mark.subjects[1], variant: mark.subjects[0])
      return pages.first { $0.end.map { changed <= $0 } ?? true }?.seen.contains(mark) ?? false
    }
  }

  private func send(_ stocks: [Row]) async throws {
    for start in stride(from: 0, to: stocks.count, by: Self.stocksPerMessage) {
      let response = WatchInventoryResponse(in: responses.arena)
      let state = StockState(in: response.storage.arena)
      for row in stocks[start..<min(start + Self.stocksPerMessage, stocks.count)] {
        try Self.fill(state.stocks.appendNew(), from: row)
      }
      response.event = .state(state)
      try await responses.send(response)
    }
  }

  private static func fill(_ stock: Stock, from row: Row) throws(PostgresError) {
    let arena = stock.storage.arena
    stock.variantID = arena.text(try row.string("variant_id"))
    stock.productID = arena.text(try row.string("product_id"))
    stock.sellerID = arena.text(try row.string("seller_id"))
    stock.onHand = try row.int64("on_hand")
    stock.reserved = try row.int64("reserved")
    stock.available = stock.onHand - stock.reserved
    stock.version = try row.int64("version")
    stock.etag = arena.text(ETag(version: stock.version).text)
    stock.updateTime = try row.instant("updated_at").timestamp(in: arena)
  }

  private static func seen(_ rows: Rows) throws(PostgresError) -> EventCursor.Seen? {
    guard let row = rows.first, let snapshot = Snapshot(try row.string("snapshot")) else { return nil }
    return EventCursor.Seen(snapshot: snapshot, upTo: try row.int64("last"))
  }

  private static func place(of row: Row) throws(PostgresError) -> Place {
    guard let product = ID(try row.string("product_id")), let variant = ID(try row.string("variant_id")) else {
      throw .mapping("a stock's ids")
    }
    return Place(product: product, variant: variant)
  }
}

extension PresentStock {
  /// At least one row, with the snapshot that the statement had, and the last event's number read after it was taken.
  private func query(after place: Place) -> Query {
    """
    SELECT now.snapshot, now.last, s.variant_id, s.product_id, s.seller_id, s.on_hand, s.reserved, s.version,
           s.updated_at
      FROM (SELECT pg_current_snapshot()::text AS snapshot,
                   (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM platform.event_seq) AS last) now
      LEFT JOIN LATERAL (\(stocks(after: place))) s ON true
     ORDER BY s.product_id, s.variant_id
    """
  }

  private func stocks(after place: Place) -> Query {
    switch selection {
    case .variants(let ids):
      """
      SELECT s.*
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id AND \(sight.covers)
       WHERE s.variant_id = ANY (\(ids))
      """
    case .product(let id):
      """
      SELECT s.*
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id AND \(sight.covers)
       WHERE s.product_id = \(id)
      """
    case .seller(let id):
      """
      SELECT s.*
        FROM inventory.stock s
        JOIN catalog.product_sight p ON p.id = s.product_id AND \(sight.covers)
       WHERE s.seller_id = \(id) AND (s.product_id, s.variant_id) > (\(place.product), \(place.variant))
       ORDER BY s.product_id, s.variant_id
       LIMIT \(Self.pageMax)
      """
    case .category(let id):
      """
      SELECT s.*
        FROM catalog.products_on_shelf(\(id), \(place.product)) p (id)
        JOIN inventory.stock s ON s.product_id = p.id
       WHERE (s.product_id, s.variant_id) > (\(place.product), \(place.variant))
       ORDER BY s.product_id, s.variant_id
       LIMIT \(Self.pageMax)
      """
    }
  }
}
