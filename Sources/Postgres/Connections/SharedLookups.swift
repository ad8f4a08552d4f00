internal import EventLoop
internal import Synchronization

/// The lookups of names that all loops share. A name is looked up once at a time, however many loops ask for it, so one
/// that takes long has one thread.
final class SharedLookups: Sendable {
  private struct UnderWay {
    let work: SubmittedWork
    var answers: [@Sendable (ServerList.Lookup) -> Void]
  }

  private let workers: OffLoopWorkers
  private let lookUp: @Sendable (String) -> ServerList.Lookup
  private let underWay = Mutex<[String: UnderWay]>([:])

  /// `lookUp` may block.
  init(
    _ workers: OffLoopWorkers, lookUp: @escaping @Sendable (String) -> ServerList.Lookup = ServerList.addresses(of:)
  ) {
    self.workers = workers
    self.lookUp = lookUp
  }

  /// Calls `answer` once, from any thread, with what is found: also what another loop has asked for.
  /// - Returns: false when too many names are being looked up.
  func begin(_ name: String, _ answer: @escaping @Sendable (ServerList.Lookup) -> Void) -> Bool {
    underWay.withLock { all in
      if all[name] != nil {
        all[name]?.answers.append(answer)
        return true
      }
      // It cannot end before the lock is released.
      guard let work = workers.submitted({ [self] in end(name, lookUp(name)) }) else { return false }
      all[name] = UnderWay(work: work, answers: [answer])
      return true
    }
  }

  /// One of those who asked has waited for long: another thread takes the place of the one that is blocked. A lookup
  /// that has found no thread is not made.
  func tookLong(_ name: String) {
    let isDropped = underWay.withLock { all in all[name].map { !$0.work.giveUp() } ?? false }
    if isDropped { end(name, .failure(.init(text: "the lookup of host name \"\(name)\" has found no thread"))) }
  }

  private func end(_ name: String, _ lookup: ServerList.Lookup) {
    let ended = underWay.withLock { $0.removeValue(forKey: name) }
    for answer in ended?.answers ?? [] { answer(lookup) }
  }
}
