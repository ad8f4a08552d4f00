package import EventLoop
internal import InventoryAPI
package import Platform
internal import Postgres
internal import Protobuf
package import RPC

/// The inventory: stock and its changes.
package struct InventoryModule: ShopModule {
  /// The default number of events that a loop keeps for its subscribers.
  package static let eventsKeptUsual = 8_192

  /// The feed of changes of stock.
  private let feed: EventFeed

  private let mailer: any StockMailer

  /// The module for the loops of `group`. A subscriber more than `eventsKept` events behind gets the state again.
  /// `mailer` sends the e-mails.
  package init(group: EventLoopGroup, mailer: any StockMailer, eventsKept: Int = eventsKeptUsual) {
    self.mailer = mailer
    feed = StockChanges.feed(to: Topic(group: group, capacity: eventsKept * StockChanges.forms))
  }

  package var feeds: [EventFeed] { [feed] }

  package var consumers: [Consumer] {
    [LowStockAlerts(mailer: mailer).consumer, BackInStockEvents.consumer, SaleEvents.consumer]
  }

  package var jobKinds: [any JobKind] { [ReservationExpiry(), BackInStockMails(mailer: mailer), SaleNews()] }

  package var chores: [Chore] { ReservationUpkeep.chores + [.backInStock] }

  package func services(_ hub: EventHub) -> [any RPCService] {
    [InventoryHandlers(hub: hub, feed: feed, mailer: mailer), WarehouseHandlers(), BackInStockHandlers(mailer: mailer)]
  }
}

/// `fastshop.inventory.v1.InventoryService`.
struct InventoryHandlers: InventoryService {
  let hub: EventHub
  let feed: EventFeed
  let mailer: any StockMailer

  func getStock(_ request: GetStockRequest, _ call: Call) async throws -> GetStockResponse {
    let key = try StockKey(request)
    let response = GetStockResponse(in: call.arena)
    response.stocks = try await call.database.all(Stock.self, key.query(StockVisibility(call.caller)))
    guard !response.stocks.isEmpty else { throw key.missing }
    return response
  }

  func adjustStock(_ request: AdjustStockRequest, _ call: Call) async throws -> AdjustStockResponse {
    let adjustment = try StockAdjustment(request, from: try call.origin)
    guard adjustment.warehouse != nil else { return try await adjustment.carryOut(call) }
    return try await call.changingStock(request, id: adjustment.requestID, of: [adjustment.variant]) { work in
      try await adjustment.carryOut(in: work)
    }
  }

  func setStock(_ request: SetStockRequest, _ call: Call) async throws -> SetStockResponse {
    let count = try StockCount(request, by: call.caller)
    return try await call.changingStock(request, id: count.requestID, of: [count.variant]) { work in
      try await count.carryOut(in: work)
    }
  }

  func batchAdjustStock(_ request: BatchAdjustStockRequest, _ call: Call) async throws -> BatchAdjustStockResponse {
    let batch = try StockBatch(request, by: call.caller)
    // It waits in no lines: it holds each row only while it is written, and there may be hundreds.
    return try await call.changingStock(request, id: batch.requestID, of: []) { work in
      try await batch.carryOut(in: work)
    }
  }

  func batchSetStock(_ request: BatchSetStockRequest, _ call: Call) async throws -> BatchSetStockResponse {
    let batch = try StockCountBatch(request, by: call.caller)
    return try await call.changingStock(request, id: batch.requestID, of: []) { work in
      try await batch.carryOut(in: work)
    }
  }

  func transferStock(_ request: TransferStockRequest, _ call: Call) async throws -> TransferStockResponse {
    let transfer = try StockTransfer(request, by: call.caller)
    return try await call.changingStock(request, id: transfer.requestID, of: transfer.variants) { work in
      try await transfer.carryOut(in: work)
    }
  }

  func listMovements(_ request: ListMovementsRequest, _ call: Call) async throws -> ListMovementsResponse {
    let page = try await MovementList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListMovementsResponse(in: call.arena)
    (response.movements, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func getStockForecast(
    _ request: GetStockForecastRequest, _ call: Call
  ) async throws -> GetStockForecastResponse {
    let query = try StockForecastQuery(request, by: call.caller, at: .now)
    let response = GetStockForecastResponse(in: call.arena)
    response.forecast = try await query.read(call)
    return response
  }

  func listReservations(_ request: ListReservationsRequest, _ call: Call) async throws -> ListReservationsResponse {
    let page = try await ReservationList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListReservationsResponse(in: call.arena)
    (response.reservations, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func setStockRules(_ request: SetStockRulesRequest, _ call: Call) async throws -> SetStockRulesResponse {
    let change = try StockRulesChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID, contending: [.stock(change.variant)]) { work in
      try await change.carryOut(in: work, alerts: LowStockAlerts(mailer: mailer))
    }
  }

  func listLowStock(_ request: ListLowStockRequest, _ call: Call) async throws -> ListLowStockResponse {
    let page = try await LowStockList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListLowStockResponse(in: call.arena)
    (response.lowStocks, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func watchInventory(
    _ request: consuming WatchInventoryRequest, _ responses: ResponseStream<WatchInventoryResponse>, _ call: Call
  ) async throws {
    let signer = hub.cursorSigner(of: feed)
    let watched = try StockWatch(consume request, signer)
    try call.countMemory(watched.memoryBytes)
    let visibility = StockVisibility(call.caller)
    try await watched.verifyExistence(visibility, call)
    let watch = EventWatch(
      watched.selection.events, visibleBy: visibility.events, of: feed, from: hub, to: responses, call)
    try await watch.run(from: watched.cursor) { position in
      if watched.mayEnd { try await watched.verifyExistence(visibility, call) }
      let snapshot = StockSnapshot(of: watched.selection, visibility, to: responses, signer, call)
      return try await snapshot.send(from: position)
    }
  }
}

extension Call {
  /// Carries out a request that changes stock, once: see ``Call/work(_:id:answer:contending:_:)``.
  ///
  /// No work locks warehouses, which all orders of a seller would wait for. When one is deleted at the same moment, the
  /// work fails and is done again; then it finds that the warehouse is gone.
  func changingStock<Request: Message, Response: Message>(
    _ request: Request, id: ID, of variants: [ID], _ body: (Work) async throws -> Response
  ) async throws -> Response {
    let keys = variants.map(ContentionKey.stock)
    do {
      return try await work(request, id: id, contending: keys, body)
    } catch let error as PostgresError where error.violates("inventory.warehouse_stock_warehouse_fkey") {
      return try await work(request, id: id, contending: keys, body)
    }
  }
}
