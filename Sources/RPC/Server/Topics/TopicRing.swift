internal import EventLoop

/// The ring of a topic on one loop. Confined to its loop.
///
/// It notifies its subscribers of new events in turn, as many as a turn of the loop allows. So ten thousand subscribers
/// do not delay other callers of the loop.
final class TopicRing<Attributes: Sendable>: IOSource {
  private static var followersPerClockRead: Int { 32 }

  private let loop: EventLoop
  private var slots: [PublishedEvent<Attributes>?]
  private let mask: Int
  /// Number of the next event.
  private(set) var head = 0
  private var followers: [Subscription<Attributes>] = []
  /// The next follower to notify.
  private var cursor = 0
  /// The number of followers to notify, from `cursor` on.
  private var untold = 0

  init(capacity: Int, loop: EventLoop) {
    slots = Array(repeating: nil, count: capacity)
    mask = capacity - 1
    self.loop = loop
  }

  var tail: Int { max(0, head - slots.count) }

  @inline(__always)
  func event(_ number: Int) -> PublishedEvent<Attributes> { slots[number & mask].unsafelyUnwrapped }

  func publish(_ events: [PublishedEvent<Attributes>]) {
    for event in events {
      slots[head & mask] = event
      head += 1
    }
    untold = followers.count
    tell()
  }

  /// The numbers go on where every place of a subscriber is overtaken.
  func startOver() {
    head += slots.count + 1
    untold = followers.count
    tell()
  }

  override func goOn() { tell() }

  private func tell() {
    while untold > 0 {
      if cursor >= followers.count { cursor = 0 }
      followers[cursor].eventsArrived()
      cursor += 1
      untold -= 1
      if untold % Self.followersPerClockRead == 0 && untold > 0 && loop.isPieceOver { return loop.atNextTurn(self) }
    }
  }

  func add(_ subscription: Subscription<Attributes>) {
    subscription.index = followers.count
    followers.append(subscription)
  }

  func remove(_ subscription: Subscription<Attributes>) {
    guard subscription.index >= 0 else { return }
    let last = followers.removeLast()
    if last !== subscription {
      followers[subscription.index] = last
      last.index = subscription.index
    }
    subscription.index = -1
    // The order of the followers has changed: one that was still to be notified may be before the cursor.
    if untold > 0 { untold = followers.count }
  }
}
