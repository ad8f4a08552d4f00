internal import FastShopAPI
internal import Platform
internal import Protobuf
internal import RPC

/// The topic of stock in the event log.
enum StockChanges {
  static let topicName = "inventory.stock"

  /// The topic's events as watchers receive them.
  static func feed(to topic: Topic<EventHeader>) -> EventFeed {
    EventFeed(name: topicName, topic: topic) { event, cursor, arena in
      let response = try WatchInventoryResponse(json: event.payload, in: arena)
      response.cursor = arena.text(cursor)
      return response
    }
  }
}
