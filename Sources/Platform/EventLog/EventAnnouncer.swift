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

  var announcer: EventAnnouncer {
    if let announcer = self[Self.announcerKey] { return announcer }
    let made = EventAnnouncer(loop: self)
    self[Self.announcerKey] = made
    return made
  }
}

extension EventHub {
  /// Says, on `loop`, that an event was committed: to the subscribers here, and to the other servers.
  package func committed(on loop: EventLoop) {
    wake()
    loop.announcer.announce()
  }
}
