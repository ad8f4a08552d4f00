internal import BenchAPI
internal import EventLoop
internal import Protobuf
internal import RPC
internal import Synchronization

/// What subscribers' filters see of an event.
struct StockChange: EventAttributes {
  typealias Subject = Never

  let available: Int64
}

/// Changes of stock, numbered from 1, for everybody who watches.
final class StockFeed: Sendable {
  private let changes: Topic<StockChange>
  private let lastSeq = Mutex<Int64>(0)

  init(group: EventLoopGroup) {
    changes = Topic(group: group)
  }

  /// Publishes `count` events and returns the number of the last one.
  func publish(_ count: Int, using arena: Arena) throws -> Int64 {
    try lastSeq.withLock { lastSeq in
      let events = try (0..<count).map { _ in
        lastSeq += 1
        return try PublishedEvent(event(lastSeq, in: arena), attributes: StockChange(available: 7))
      }
      changes.publish(events)
      return lastSeq
    }
  }

  private func event(_ seq: Int64, in arena: Arena) -> Event {
    let event = Event(in: arena)
    event.sku = "SKU-10000000-0"
    event.available = 7
    event.seq = seq
    return event
  }

  /// A place in the feed for one watcher. Every watcher has a filter of its own, as in a shop, though here all of them
  /// let everything pass.
  func subscribe(on loop: EventLoop, atLeast available: Int64) -> Subscription<StockChange> {
    let subscription = changes.subscribe(on: loop)
    subscription.filter = { $0.available >= available }
    return subscription
  }
}
