package import EventLoop
internal import InventoryAPI
package import Platform
internal import Protobuf
package import RPC

/// The inventory: stock and its changes.
package struct InventoryModule: ShopModule {
  /// The default number of events that a loop keeps for its subscribers.
  package static let eventsKeptUsual = 8_192

  /// The feed of changes of stock.
  private let feed: EventFeed

  /// The module for the loops of `group`. A subscriber more than `eventsKept` events behind gets the state again.
  package init(group: EventLoopGroup, eventsKept: Int = eventsKeptUsual) {
    feed = StockChanges.feed(to: Topic(group: group, capacity: eventsKept))
  }

  package var feeds: [EventFeed] { [feed] }

  package func services(_ hub: EventHub) -> [any RPCService] { [InventoryHandlers(hub: hub, feed: feed)] }
}

/// `fastshop.inventory.v1.InventoryService`.
struct InventoryHandlers: InventoryService {
  let hub: EventHub
  let feed: EventFeed

  func getStock(_ request: GetStockRequest, _ call: Call) async throws -> GetStockResponse {
    let key = try StockKey(request)
    let response = GetStockResponse(in: call.arena)
    response.stocks = try await call.database.all(Stock.self, key.query(StockVisibility(call.caller)))
    guard !response.stocks.isEmpty else { throw key.missing }
    return response
  }

  func adjustStock(_ request: AdjustStockRequest, _ call: Call) async throws -> AdjustStockResponse {
    try await StockAdjustment(request, from: try call.origin).carryOut(call)
  }

  func setStockRules(_ request: SetStockRulesRequest, _ call: Call) async throws -> SetStockRulesResponse {
    let change = try StockRulesChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID, contending: [.stock(change.variant)]) { work in
      try await change.carryOut(in: work)
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
      try await StockSnapshot(of: watched.selection, visibility, to: responses, signer, call).send(from: position)
    }
  }
}
