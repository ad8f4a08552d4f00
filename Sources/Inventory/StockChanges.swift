internal import InventoryAPI
internal import Platform
internal import Protobuf
internal import RPC

/// The topic of stock in the event log.
enum StockChanges {
  static let topicName = "inventory.stock"

  /// How what a server wrote is read: fields and reasons of a later release are left out while servers are upgraded one
  /// after another.
  static let reading = JSONReadingOptions(ignoresUnknown: true)

  /// The topic's events as watchers receive them.
  static func feed(to topic: Topic<EventHeader>) -> EventFeed {
    EventFeed(name: topicName, topic: topic) { event, cursor, arena in
      let response = try WatchInventoryResponse(json: event.payload, in: arena, options: reading)
      response.cursor = arena.text(cursor)
      return response
    }
  }
}
