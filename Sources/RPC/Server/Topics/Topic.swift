public import EventLoop
public import Protobuf

/// An event that is encoded once and sent to any number of subscribers.
public final class PublishedEvent<Attributes: Sendable>: Sendable {
  /// The attributes for the subscribers' filters.
  public let attributes: Attributes
  /// The message with its gRPC prefix.
  let bytes: [UInt8]

  /// Encodes `message`.
  /// - Throws: `EncodeError` when it cannot be encoded.
  public init(_ message: some Message, attributes: Attributes) throws {
    let body = try message.encoded()
    let length = UInt32(body.count)
    bytes = [0] + withUnsafeBytes(of: length.bigEndian) { Array($0) } + body
    self.attributes = attributes
  }
}

/// Events for many subscribers. An event is encoded once and kept in one bounded ring per loop. Each subscriber reads
/// from its own position. Nothing is queued, allocated or counted per subscriber and event.
///
/// A subscriber that is more than ``capacity`` events behind has missed events; see ``ResponseStream/follow(_:)``.
public final class Topic<Attributes: Sendable>: Sendable {
  /// Events that each loop's ring holds; a power of two.
  public let capacity: Int
  private let rings: [LoopBound<TopicRing<Attributes>>]
  private let group: EventLoopGroup

  /// A topic on all loops of `group`. `capacity` is rounded up to a power of two.
  public init(group: EventLoopGroup, capacity: Int = 4096) {
    var size = 2
    while size < capacity { size *= 2 }
    self.capacity = size
    self.group = group
    rings = group.loops.map { LoopBound(TopicRing(capacity: size, loop: $0), on: $0) }
  }

  /// Hands events to every subscriber, in order. From any thread; two publishers that race are ordered per loop.
  public func publish(_ events: [PublishedEvent<Attributes>]) {
    if events.isEmpty { return }
    for (loop, ring) in zip(group.loops, rings) {
      loop.onLoop { ring.value.publish(events) }
    }
  }

  /// Makes every subscriber read the state again, as if it had missed events. From any thread.
  public func startOver() {
    for (loop, ring) in zip(group.loops, rings) { loop.onLoop { ring.value.startOver() } }
  }

  /// A place in the stream of events, from the next one on. Only on `loop`.
  public func subscribe(on loop: EventLoop) -> Subscription<Attributes> {
    Subscription(ring: rings[loop.index].value)
  }
}
