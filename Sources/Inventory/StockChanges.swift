internal import InventoryAPI
internal import Platform
internal import Protobuf
internal import RPC

/// The topic of stock in the event log.
enum StockChanges {
  static let topicName = "inventory.stock"
  /// The type of the event after which those who watch its subjects, which are categories, read the state again: which
  /// products are in them has changed as a whole.
  static let selectionChanged = "selection_changed"

  /// An event is in the topic as a whole, and as the part for everybody.
  static let forms = 2

  /// How what a server wrote is read: fields and reasons of a later release are left out while servers are upgraded one
  /// after another.
  static let reading = JSONReadingOptions(ignoresUnknown: true)

  /// The topic's events as watchers receive them.
  static func feed(to topic: Topic<EventHeader>) -> EventFeed {
    EventFeed(name: topicName, topic: topic, make: whole, part: shopWindow, restarts: [selectionChanged])
  }

  @Sendable private static func whole(_ event: LoggedEvent, _ cursor: String, _ arena: Arena) throws -> any Message {
    let response = try WatchInventoryResponse(json: event.payload, in: arena, options: reading)
    response.cursor = arena.text(cursor)
    return response
  }

  /// What everybody may know of an event: what can be sold now, and nothing of why it changed.
  @Sendable private static func shopWindow(
    _ event: LoggedEvent, _ cursor: String, _ arena: Arena
  ) throws -> any Message {
    let whole = try WatchInventoryResponse(json: event.payload, in: arena, options: reading)
    let response = WatchInventoryResponse(in: arena)
    let change = StockChange(in: arena)
    if case .change(let made) = whole.event {
      let shown = made.stock?.shopWindow(in: arena)
      if made.isSaleEnded { shown?.sellNothing() }
      (change.stock, change.isSaleEnded, change.isDeleted) = (shown, made.isSaleEnded, made.isDeleted)
      change.leftCategoryIDs = made.leftCategoryIDs
    }
    response.event = .change(change)
    response.cursor = arena.text(cursor)
    return response
  }
}

extension Stock {
  /// Nothing can be bought, neither from stock nor later.
  fileprivate func sellNothing() { (available, backorderable, backorderTime) = (0, 0, nil) }

  /// What a shop window shows of it.
  func shopWindow(in arena: Arena) -> Stock {
    let shown = Stock(in: arena)
    (shown.variantID, shown.productID, shown.sellerID) = (variantID, productID, sellerID)
    (shown.available, shown.backorderable, shown.backorderTime) = (available, backorderable, backorderTime)
    (shown.version, shown.updateTime, shown.etag) = (version, updateTime, etag)
    return shown
  }
}
