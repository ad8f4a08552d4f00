public import EventLoop

/// Events for many subscribers, kept in one bounded ring per loop. An event is encoded once, when somebody takes it.
/// Each subscriber reads from its own position. Nothing is queued, allocated or counted per subscriber and event.
///
/// Subscribers are found by the subjects of an event, so an event costs a subscriber nothing that it does not concern.
///
/// A subscriber that is more than ``capacity`` events behind has missed events; see ``ResponseStream/follow(_:)``.
public final class Topic<Attributes: EventAttributes>: Sendable {
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

  /// Hands events to their subscribers, in order. From any thread; two publishers that race are ordered per loop.
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
  /// - Parameter subjects: it gets events that concern one of these; nil for all events.
  public func subscribe(on loop: EventLoop, to subjects: [Attributes.Subject]? = nil) -> Subscription<Attributes> {
    Subscription(ring: rings[loop.index].value, subjects: subjects)
  }

  /// How often events were told to subscribers of `loop`. Only on `loop`. For tests.
  package func subscribersTold(on loop: EventLoop) -> Int { rings[loop.index].value.followersTold }
}
