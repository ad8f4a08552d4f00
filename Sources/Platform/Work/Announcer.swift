internal import EventLoop
internal import Postgres

/// A channel of NOTIFY, by which servers tell each other what was committed.
struct NotificationChannel: Sendable {
  /// Postgres refuses payloads from this size on, in bytes.
  private static let payloadBytesEnd = 8_000

  /// The name of the channel.
  let name: StaticString

  /// Events were appended to the log.
  static let events = NotificationChannel(name: "fastshop_event")
  /// Jobs of the kinds that a payload lists, separated by blanks, are due.
  static let jobs = NotificationChannel(name: "fastshop_job")

  /// Sends a list of words. One that is too long is left out: the servers find what it names at their regular look.
  func notify(_ words: Set<String>) -> Query {
    let payload = words.sorted().joined(separator: " ")
    return "SELECT pg_notify(\(name.description), \(payload.utf8.count < Self.payloadBytesEnd ? payload : ""))"
  }
}

/// Notifies other servers of commits, with one NOTIFY for all commits since the last one. Confined to its loop.
///
/// NOTIFY is not part of the writers' transactions, because commits that notify wait for each other at one lock. When a
/// server dies between commit and NOTIFY, the others find what it committed at their regular look.
final class Announcer {
  private let channel: NotificationChannel
  private let interval: Duration
  private let loop: EventLoop
  private var words: Set<String> = []
  private var isWanted = false
  /// Whether an announcement is still to be sent, or was sent just now.
  private(set) var isUnderWay = false

  /// - Parameter interval: announcements are at least this far apart.
  init(_ channel: NotificationChannel, interval: Duration, loop: EventLoop) {
    self.channel = channel
    self.interval = interval
    self.loop = loop
  }

  /// Sends these words soon, with those of others.
  func announce(_ more: Set<String> = []) {
    words.formUnion(more)
    isWanted = true
    if isUnderWay { return }
    isUnderWay = true
    let bound = LoopBound(self, on: loop)
    Task(executorPreference: loop) { await bound.value.send() }
  }

  private func send() async {
    while isWanted {
      let query = channel.notify(words)
      (isWanted, words) = (false, [])
      _ = try? await loop.database?.execute(query)
      try? await loop.sleep(for: interval)
    }
    isUnderWay = false
  }
}
