internal import EventLoop

/// Looks the names of servers up, all at the same time: one that takes long holds up no other. Confined to its loop.
final class NameLookups {
  private let loop: EventLoop
  private let workers: OffLoopWorkers
  private let lookUp: @Sendable (String) -> ServerList.Lookup
  /// What was found since the last call began.
  private var found: [String: ServerList.Lookup] = [:]
  /// At most one lookup of each name: one that takes long is not begun again.
  private var underWay: [String: SubmittedWork] = [:]
  private var waiting: CheckedContinuation<Void, Never>?

  /// `lookUp` may block.
  init(
    on loop: EventLoop, workers: OffLoopWorkers,
    lookUp: @escaping @Sendable (String) -> ServerList.Lookup = ServerList.addresses(of:)
  ) {
    self.loop = loop
    self.workers = workers
    self.lookUp = lookUp
  }

  /// What is known of `names` when all were looked up, or after `limit`. For one caller at a time.
  func addresses(of names: Set<String>, within limit: Duration) async -> [String: ServerList.Lookup] {
    found = [:]
    for name in names where underWay[name] == nil { begin(name) }
    if underWay.isEmpty { return found }
    let tooLate = Timer { [unowned self] in goOn() }
    loop.schedule(tooLate, after: limit)
    await withCheckedContinuation { waiting = $0 }
    tooLate.cancel()
    for (name, work) in underWay where !work.giveUp() { underWay[name] = nil }
    return found
  }

  private func begin(_ name: String) {
    let bound = LoopBound(self, on: loop)
    let work = workers.submitted { [loop, lookUp] in
      let lookup = lookUp(name)
      loop.execute { bound.value.ended(name, lookup) }
    }
    underWay[name] = work
    if work == nil { found[name] = .failure(.init(text: "too many names are being looked up")) }
  }

  private func ended(_ name: String, _ lookup: ServerList.Lookup) {
    underWay[name] = nil
    found[name] = lookup
    if underWay.isEmpty { goOn() }
  }

  private func goOn() {
    let continuation = waiting
    waiting = nil
    continuation?.resume()
  }
}
