internal import EventLoop
internal import Logging
internal import Synchronization

/// Decides which connections the server accepts, and which it closes to make room for them.
///
/// A connection does not tell who calls on it, so the number of connections from one address is bounded. When nearly
/// all are taken, the server closes idle ones: first those that never had a call, then those that have been idle
/// longest.
extension RPCServer {
  /// An address with at most this many connections may open one although nearly all are taken: it may be a health
  /// check.
  private static let fewConnections = 8
  /// Connections that wait for their loops at once: fewer than those that are spare, so that idle ones are closed in
  /// time.
  static let arrivingMax = 16
  /// Idle connections that a newcomer makes close at most.
  private static let closedPerNewcomerMax = 64
  /// Idle connections that each loop closes when the system has no descriptors left.
  private static let closedWhenExhausted = 16

  /// `loop`: the one that accepted it and keeps it; nil deals it out.
  func accept(_ fd: Int32, tls: ReloadableTLSContext?, on loop: Int?) {
    let open = connections.add(1, ordering: .relaxed).newValue
    let usage = usages.connected(from: SocketAddress.peerNumber(of: fd))
    if let refusal = refusal(open, usage) {
      pressure.count(refusal)
      // The next newcomers find room, if there are idle connections.
      if refusal == .connectionOfAll { makeRoom(at: open) }
      return turnAway(fd, usage)
    }
    arriving.add(1, ordering: .relaxed)
    let index = loop ?? nextLoop.add(1, ordering: .relaxed).oldValue % group.loops.count
    group.loops[index].onLoop { [self] in begin(fd, tls: tls, on: index, usage) }
  }

  private func refusal(_ open: Int, _ usage: PeerUsage) -> PressureCounts.Event? {
    let ofAddress = usage.isOneCaller ? usage.connections.load(ordering: .relaxed) : 0
    if ofAddress > limits.connectionsPerAddressMax { return .connectionOfAddress }
    let hasFew = !usage.isOneCaller || ofAddress <= Self.fewConnections
    return open > (hasFew ? limits.connectionsMax : limits.connectionsTight) ? .connectionOfAll : nil
  }

  private func turnAway(_ fd: Int32, _ usage: PeerUsage) {
    forget(usage)
    SocketClosing.close(fd)
  }

  private func forget(_ usage: PeerUsage) {
    connections.subtract(1, ordering: .releasing)
    usages.disconnected(usage)
  }

  private func begin(_ fd: Int32, tls: ReloadableTLSContext?, on index: Int, _ usage: PeerUsage) {
    arriving.subtract(1, ordering: .relaxed)
    let open = openConnections
    if open > limits.connectionsCrowded { makeRoom(at: open, first: index) }
    do {
      let session = try tls.map { try TLSSession(context: $0.current) }
      let connection = ServerConnection(server: self, loop: group.loops[index], fd: fd, tls: session, usage: usage)
      if connection.isClosed { return }
      registries[index].value.add(connection)
      if isDraining { connection.drain() }
    } catch {
      logger.warning("TLS connection failed", metadata: ["reason": "\(error)"])
      return turnAway(fd, usage)
    }
  }

  func connectionEnded(_ connection: ServerConnection) {
    registries[connection.loop.index].value.remove(connection)
    forget(connection.usage)
  }

  /// The process or the system has no descriptors or memory left for another connection.
  func acceptsExhausted() {
    pressure.count(.acceptExhausted)
    for index in registries.indices { closeIdle(Self.closedWhenExhausted, idleMin: .zero, on: index) }
  }

  /// Closes idle connections, `open` being open: of this loop if it has any, otherwise of any other.
  private func makeRoom(at open: Int, first index: Int = 0) {
    let idleMin = open > limits.connectionsTight ? .zero : limits.crowdedIdleMin
    let count = min(open - limits.connectionsCrowded, Self.closedPerNewcomerMax)
    closeIdle(count, idleMin: idleMin, onFirstOf: [index] + registries.indices.filter { $0 != index })
  }

  /// Closes them on the first of these loops that has any; where none has, busy ones in the last places.
  private func closeIdle(_ count: Int, idleMin: Duration, onFirstOf indices: [Int]) {
    guard let index = indices.first else {
      if openConnections > limits.connectionsLast { closeBusy() }
      return
    }
    closeIdle(count, idleMin: idleMin, on: index) { [self] closed in
      if closed == 0 { closeIdle(count, idleMin: idleMin, onFirstOf: Array(indices.dropFirst())) }
    }
  }

  /// Closes connections with calls. Otherwise callers that keep a stream on each connection would block all others.
  private func closeBusy() {
    for index in registries.indices {
      let (loop, registry) = (group.loops[index], registries[index])
      loop.onLoop { [self] in
        let closed = registry.value.closeBusy(Self.closedWhenExhausted, at: loop.now)
        for _ in 0..<closed { pressure.count(.idleConnectionClosed) }
      }
    }
  }

  /// Closes up to `count` connections of a loop which have been idle for `idleMin`, and passes their number to `then`.
  private func closeIdle(
    _ count: Int, idleMin: Duration, on index: Int, then: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    let (loop, registry) = (group.loops[index], registries[index])
    loop.onLoop { [self] in
      let closed = registry.value.closeIdle(count, idleMin: idleMin, at: loop.now)
      for _ in 0..<closed { pressure.count(.idleConnectionClosed) }
      then(closed)
    }
  }
}
