internal import EventLoop

/// The addresses that a loop's connections try, the last that worked first. Confined to its loop.
final class ConnectRoute {
  /// The addresses of one attempt, looked up before it begins.
  struct Candidates: Sendable {
    var targets: [ConnectTarget]
    /// Why there are not more.
    var problems: [String] = []
  }

  let target: ConnectTarget
  private let loop: EventLoop
  private let servers: ServerList?
  private let names: NameLookups
  /// All connections of the loop wait for one lookup.
  private var lookup: Task<Candidates, Never>?
  private var lastGood: ServerList.Server?

  init(_ target: ConnectTarget, on loop: EventLoop) {
    self.target = target
    self.loop = loop
    servers = ServerList(target.settings)
    names = NameLookups(on: loop, sharing: target.blockingWork.lookups)
  }

  /// The addresses to try, in this order. Names are looked up for so long as `limit`; of several servers half as long,
  /// which leaves time for those that are known.
  func candidates(within limit: Duration) async -> Candidates {
    guard let servers else { return Candidates(targets: [target]) }
    guard !servers.names.isEmpty else { return inOrder(Candidates(targets: targets(servers.servers))) }
    if let lookup { return await lookup.value }
    let bound = LoopBound(self, on: loop)
    let patience = servers.servers.count > 1 ? limit / 2 : limit
    let task = Task(executorPreference: loop) {
      let route = bound.value
      let lookups = await route.names.addresses(of: servers.names, within: patience)
      route.lookup = nil
      let found = servers.located(by: lookups)
      return route.inOrder(Candidates(targets: route.targets(found.servers), problems: found.problems))
    }
    lookup = task
    return await task.value
  }

  /// `target`, one of the candidates, is what we look for: next time it is the first to be tried.
  func found(_ target: ConnectTarget) {
    lastGood = ServerList.Server(
      host: target.settings["host"], address: target.settings["hostaddr"], port: target.settings["port"])
  }

  private func targets(_ servers: [ServerList.Server]) -> [ConnectTarget] {
    servers.map { target.at(host: $0.host, address: $0.address, port: $0.port) }
  }

  private func inOrder(_ candidates: Candidates) -> Candidates {
    guard let lastGood, let index = candidates.targets.firstIndex(where: { isLastGood($0, lastGood) }) else {
      return candidates
    }
    var sorted = candidates
    sorted.targets.insert(sorted.targets.remove(at: index), at: 0)
    return sorted
  }

  private func isLastGood(_ target: ConnectTarget, _ server: ServerList.Server) -> Bool {
    target.settings["host"] == server.host && target.settings["hostaddr"] == server.address
      && target.settings["port"] == server.port
  }
}

/// Threads for blocking work of connections. They may wait for the network for long, and delay nothing else: what waits
/// for the replica, not what waits for the primary either.
final class BlockingWork: Sendable {
  /// For connections to the primary.
  static let primary = BlockingWork("pg")
  /// For connections to the replica.
  static let replica = BlockingWork("pgr")

  /// For names that are looked up.
  let lookups: SharedLookups
  /// For statements that are cancelled.
  let cancels: OffLoopWorkers

  private init(_ name: String) {
    lookups = SharedLookups(OffLoopWorkers(count: 2, named: "\(name)-name"))
    cancels = OffLoopWorkers(count: 2, named: "\(name)-stop")
  }
}
