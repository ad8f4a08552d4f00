package import EventLoop

extension EventLoop {
  /// Announcements of events are at least this far apart.
  private static let announcementInterval: Duration = .milliseconds(2)
  private static let announcerKey = LoopLocal<Announcer>()
  private static let hubKey = LoopLocal<HubReference>()

  /// Tells other servers of events. Only on the loop.
  var announcer: Announcer {
    if let announcer = self[Self.announcerKey] { return announcer }
    let made = Announcer(.events, interval: Self.announcementInterval, loop: self)
    self[Self.announcerKey] = made
    return made
  }

  /// Says that events were committed: to the subscribers here, and to the other servers. Only on the loop. Without a
  /// hub, in a program that is no server, the servers find them at their next regular look.
  package func eventsCommitted() {
    guard let hub = self[Self.hubKey]?.hub else { return }
    hub.wake()
    announcer.announce()
  }

  /// The hub that hears of commits of this loop. Only on the loop.
  func tellCommits(to hub: EventHub) { self[Self.hubKey] = HubReference(hub) }
}

/// The hub of the server that a loop belongs to.
private final class HubReference {
  weak var hub: EventHub?

  init(_ hub: EventHub) { self.hub = hub }
}
