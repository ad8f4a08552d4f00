internal import EventLoop
internal import Logging
internal import Synchronization

/// Which connections are taken, and which make way for them.
///
/// Nobody can tell by a connection who comes on it. So an address may have only so many, and when nearly all are taken,
/// those that do nothing are closed: the ones that never had a call first, then those that have been idle for longest.
extension RPCServer {
  /// An address with so few connections may have them although nearly all are taken: it may be somebody who looks
  /// whether the server is well.
  private static let fewConnections = 8
  /// Idle connections that each newcomer makes close when nearly all are taken: two, so that there is room again.
  private static let closedPerNewcomer = 2
  /// Idle connections that each loop closes when the system has no descriptors left.
  private static let closedWhenExhausted = 16

  /// `loop`: the one that accepted it and keeps it; nil deals it out.
  func accept(_ fd: Int32, tls: ReloadableTLSContext?, on loop: Int?) {
    let open = connections.add(1, ordering: .relaxed).newValue
    let usage = usages.connected(from: SocketAddress.peerNumber(of: fd))
    if let refusal = refusal(open, usage) {
      pressure.count(refusal)
      // Nobody waits for the refused one. Those who come next find room, if there are idle ones.
      if refusal == .connectionOfAll { makeRoom(Self.closedPerNewcomer) }
      return turnAway(fd, usage)
    }
    let index = loop ?? nextLoop.add(1, ordering: .relaxed).oldValue % group.loops.count
    group.loops[index].onLoop { [self] in begin(fd, tls: tls, on: index, usage) }
  }

  private func refusal(_ open: Int, _ usage: PeerUsage) -> PressureCounts.Event? {
    let ofAddress = usage.isOneCaller ? usage.connections.load(ordering: .relaxed) : 0
    if ofAddress > limits.connectionsPerAddressMax { return .connectionOfAddress }
    let isReserved = limits.connectionsMax - open < (limits.connectionsMax - limits.connectionsCrowded) / 2
    if open > limits.connectionsMax || (isReserved && ofAddress > Self.fewConnections) { return .connectionOfAll }
    return nil
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
    do {
      let session = try tls.map { try TLSSession(context: $0.current) }
      let connection = ServerConnection(server: self, loop: group.loops[index], fd: fd, tls: session, usage: usage)
      if connection.isClosed { return }
      registries[index].value.add(connection)
      if isDraining { connection.drain() }
    } catch {
      logger.warning("TLS is not possible", metadata: ["reason": "\(error)"])
      return turnAway(fd, usage)
    }
    if openConnections > limits.connectionsCrowded { makeRoom(Self.closedPerNewcomer, first: index) }
  }

  func connectionEnded(_ connection: ServerConnection) {
    registries[connection.loop.index].value.remove(connection)
    forget(connection.usage)
  }

  /// The process, or the system, has nothing left for another connection.
  func acceptsExhausted() {
    pressure.count(.acceptExhausted)
    for index in registries.indices { closeIdle(Self.closedWhenExhausted, on: index) }
  }

  /// Closes so many idle connections: of this loop if it has any, otherwise of any other.
  private func makeRoom(_ count: Int, first index: Int = 0) {
    let registry = registries[index]
    group.loops[index].onLoop { [self] in
      let closed = registry.value.closeIdle(count, at: group.loops[index].now)
      for _ in 0..<closed { pressure.count(.idleConnectionClosed) }
      if closed > 0 { return }
      for other in registries.indices where other != index { closeIdle(count, on: other) }
    }
  }

  private func closeIdle(_ count: Int, on index: Int) {
    let registry = registries[index]
    group.loops[index].onLoop { [self] in
      let closed = registry.value.closeIdle(count, at: group.loops[index].now)
      for _ in 0..<closed { pressure.count(.idleConnectionClosed) }
    }
  }
}
