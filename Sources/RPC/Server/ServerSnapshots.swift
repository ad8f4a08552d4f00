internal import EventLoop

/// What can be seen of a server and its connections from outside their loops: each loop is asked in turn.
extension RPCServer {
  /// The calls of the server until now.
  var callCounters: CallCounters {
    get async {
      var total = CallCounters()
      for part in await onEachLoop({ $0.calls }) { total = total + part }
      return total
    }
  }

  /// Connections with ids from `start` on, in the order of their ids: at most `countMax`.
  func connectionNames(from start: Int64, countMax: Int) async -> [(id: Int64, name: String)] {
    let parts = await onEachLoop { registry in
      let wanted = registry.all.filter { $0.channelzID >= start }.sorted { $0.channelzID < $1.channelzID }
      return wanted.prefix(countMax).map { (id: $0.channelzID, name: $0.peer.description) }
    }
    return Array(parts.flatMap { $0 }.sorted { $0.id < $1.id }.prefix(countMax))
  }

  /// One connection or listening socket; nil when the server has no such one.
  func snapshot(ofSocket id: Int64) async -> SocketSnapshot? {
    if let listening = listeningSockets.first(where: { $0.id == id }) {
      return SocketSnapshot(id: id, name: listening.bound.description, local: .local(of: listening.fd))
    }
    return await onEachLoop { registry in registry.all.first { $0.channelzID == id }?.snapshot }.compactMap { $0 }.first
  }

  private func onEachLoop<Part: Sendable>(_ body: @escaping @Sendable (ConnectionRegistry) -> Part) async -> [Part] {
    var parts: [Part] = []
    for (loop, registry) in zip(group.loops, registries) {
      parts.append(
        await withCheckedContinuation { (done: CheckedContinuation<Part, Never>) in
          loop.execute { done.resume(returning: body(registry.value)) }
        })
    }
    return parts
  }
}
