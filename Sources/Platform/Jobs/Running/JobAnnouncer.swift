internal import EventLoop
internal import Postgres

/// Notifies other servers of jobs that this one has no room for, with one NOTIFY for all commits since the last one.
/// Confined to its loop.
final class JobAnnouncer {
  /// Announcements are at least this far apart.
  private static let interval: Duration = .milliseconds(10)

  private let loop: EventLoop
  private var kinds: Set<String> = []
  private var isUnderWay = false

  init(loop: EventLoop) { self.loop = loop }

  func announce(_ more: Set<String>) {
    kinds.formUnion(more)
    if isUnderWay { return }
    isUnderWay = true
    let bound = LoopBound(self, on: loop)
    Task(executorPreference: loop) { await bound.value.send() }
  }

  private func send() async {
    while !kinds.isEmpty {
      let names = kinds.sorted().joined(separator: " ")
      kinds = []
      _ = try? await loop.database?.execute("SELECT pg_notify('fastshop_job', \(names.prefixForNotify))")
      try? await loop.sleep(for: Self.interval)
    }
    isUnderWay = false
  }
}
