internal import EventLoop

/// Looks the names of servers up for a loop, all at the same time: one that takes long holds up no other. Confined to
/// its loop.
final class NameLookups {
  /// Addresses that came after the end of a call are good for so long.
  private static let lateAnswerNs: Int64 = 30_000_000_000

  private let loop: EventLoop
  private let shared: SharedLookups
  /// What was found since the last call ended, or since this one began.
  private var found: [String: ServerList.Lookup] = [:]
  /// When the last of it was found.
  private var foundAt: Int64 = 0
  /// At most one lookup of each name: one that takes long is not begun again.
  private var underWay: Set<String> = []
  private var waiting: CheckedContinuation<Void, Never>?
  private var wanted: Set<String> = []

  init(on loop: EventLoop, sharing shared: SharedLookups) {
    self.loop = loop
    self.shared = shared
  }

  /// Whether lookups have not ended yet.
  var isLookingUp: Bool { !underWay.isEmpty }

  /// What is known of `names` when all were looked up, or after `limit`. For one caller at a time.
  func addresses(of names: Set<String>, within limit: Duration) async -> [String: ServerList.Lookup] {
    if loop.now - foundAt > Self.lateAnswerNs { found = [:] }
    // Each answer is given once: when its addresses do not work, the name is looked up again.
    defer { found = [:] }
    for name in names where found[name] == nil && !underWay.contains(name) { begin(name) }
    wanted = names
    if underWay.isDisjoint(with: wanted) { return found }
    let tooLate = Timer { [unowned self] in goOn() }
    loop.schedule(tooLate, after: limit)
    await withCheckedContinuation { waiting = $0 }
    tooLate.cancel()
    for name in underWay { shared.tookLong(name) }
    return found
  }

  private func begin(_ name: String) {
    let bound = LoopBound(self, on: loop)
    underWay.insert(name)
    let isBegun = shared.begin(name) { [loop] lookup in
      loop.execute { bound.value.ended(name, lookup) }
    }
    if isBegun { return }
    underWay.remove(name)
    found[name] = .failure(.init(text: "too many names are being looked up"))
  }

  private func ended(_ name: String, _ lookup: ServerList.Lookup) {
    underWay.remove(name)
    // Nobody waits: what has failed meanwhile may work next time.
    if waiting == nil, case .failure = lookup { return }
    found[name] = lookup
    foundAt = loop.now
    if underWay.isDisjoint(with: wanted) { goOn() }
  }

  private func goOn() {
    let continuation = waiting
    waiting = nil
    continuation?.resume()
  }
}
