package import EventLoop
internal import Postgres

/// Notifies other servers of commits, with one NOTIFY for all commits since the last one. Confined to its loop.
///
/// NOTIFY is not part of the writers' transactions, because commits that notify wait for each other at one lock. When a
/// server dies between commit and NOTIFY, the others find the event at their next regular look.
final class EventAnnouncer {
  /// Announcements are at least this far apart.
  private static let interval: Duration = .milliseconds(2)

  private let loop: EventLoop
  private var isWanted = false
  /// Whether an announcement is still to be sent, or was sent just now.
  private(set) var isUnderWay = false

  init(loop: EventLoop) { self.loop = loop }

  func announce() {
    isWanted = true
    if isUnderWay { return }
    isUnderWay = true
    let bound = LoopBound(self, on: loop)
    Task(executorPreference: loop) { await bound.value.send() }
  }

  private func send() async {
    while isWanted {
      isWanted = false
      _ = try? await loop.database?.execute("SELECT pg_notify('fastshop_event', '')")
      try? await loop.sleep(for: Self.interval)
    }
    isUnderWay = false
  }
}

extension EventLoop {
  private static let announcerKey = LoopLocal<EventAnnouncer>()

  private static let hubKey = LoopLocal<HubReference>()

  var announcer: EventAnnouncer {
    if let announcer = self[Self.announcerKey] { return announcer }
    let made = EventAnnouncer(loop: self)
    self[Self.announcerKey] = made
    return made
  }
}

/// The hub of the server that a loop belongs to.
private final class HubReference {
  weak var hub: EventHub?

  init(_ hub: EventHub) { self.hub = hub }
}

extension EventLoop {
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
