internal import EventLoop

/// The state of a channel on its loop: it assigns calls to connections, and opens connections. Confined to its loop,
/// except for constants.
final class ChannelState: @unchecked Sendable {
  /// Attempts that have ended and whose memory serves the next ones.
  private static let idleAttemptsMax = 256

  let loop: EventLoop
  let options: ChannelOptions
  let authority: String
  let scheme: String
  var budget: RetryBudget
  private(set) var keepAlive: KeepAlive?
  private let addresses: [ListenAddress]
  private let tls: TLSContext?
  private let slots: [ConnectionSlot]
  private var queue = CallQueue()
  private var idleAttempts: [ClientAttempt] = []
  /// Connections that take no calls any more and wait for the last ones to end.
  private var leaving: [ObjectIdentifier: ClientConnection] = [:]
  private var isClosed = false
  /// Why there is no connection.
  private var lastFailure = ""

  init(
    loop: EventLoop, addresses: [ListenAddress], tls: TLSContext?, authority: String, options: ChannelOptions
  ) {
    self.loop = loop
    self.addresses = addresses
    self.tls = tls
    self.authority = authority
    self.options = options
    scheme = tls == nil ? "http" : "https"
    budget = options.retryBudget
    keepAlive = options.keepAlive
    let reconnecting = Reconnecting(addressCount: addresses.count, backoff: options.reconnectBackoff)
    slots = (0..<min(max(options.connections, 1), ChannelOptions.connectionsMax)).map { _ in
      ConnectionSlot(reconnecting)
    }
  }

  /// Nobody holds the channel or a call of it any more.
  deinit {
    let left = LoopBound(slots, on: loop)
    loop.onLoop {
      for slot in left.value {
        slot.wakeUp?.cancel()
        slot.connection?.close()
      }
    }
  }

  // MARK: Calls

  /// Starts a call's attempt: at once where there is room, else when there is.
  func admit(_ call: ClientCall) {
    if isClosed { return call.end(.failure(Self.channelClosed)) }
    if queue.isEmpty, let slot = freest(), let connection = slot.connection {
      call.start(on: connection)
      if slots.count > 1 && connection.openCalls > 1 { grow() }
      return
    }
    if queue.count >= options.limits.waitingCallsMax {
      return call.end(.failure(RPCError(.resourceExhausted, "\(queue.count) calls already wait for a connection")))
    }
    queue.append(call)
    grow()
    if call.isWaiting && !call.options.waitsForReady && !slots.contains(where: \.isBusy) {
      queue.remove(call)
      fail(call)
    }
  }

  /// Gives waiting calls to connections that have room.
  func dispatch() {
    while !queue.isEmpty, let connection = freest()?.connection, let call = queue.popFirst() {
      call.start(on: connection)
    }
    if !queue.isEmpty { grow() }
  }

  func withdraw(_ call: ClientCall) { queue.remove(call) }

  private func fail(_ call: ClientCall) {
    call.attemptFailed(.ended(.unavailable, .none), RPCError(.unavailable, lastFailure))
  }

  func takeAttempt() -> ClientAttempt { idleAttempts.popLast() ?? ClientAttempt() }

  /// An attempt that its call does not hold any more serves another one.
  func reclaim(_ stream: consuming HTTPStream) {
    guard idleAttempts.count < Self.idleAttemptsMax, isKnownUniquelyReferenced(&stream) else { return }
    let attempt = unsafeDowncast(stream, to: ClientAttempt.self)
    attempt.recycle()
    idleAttempts.append(attempt)
  }

  // MARK: Connections

  @inline(__always)
  private func freest() -> ConnectionSlot? {
    if slots.count == 1 { return slots[0].load == nil ? nil : slots[0] }
    return slots.filter { $0.load != nil }.min { $0.load! < $1.load! }
  }

  /// Begins to connect in one place where there is no connection, as soon as it may.
  private func grow() {
    if isClosed { return }
    if slots.contains(where: { $0.connection?.isConnecting == true }) { return }
    guard let slot = slots.first(where: { !$0.isBusy }) else { return }
    connect(slot, slot.reconnecting.next(now: loop.now))
  }

  private func connect(_ slot: ConnectionSlot, _ next: Reconnecting.Next) {
    var next = next
    while !isClosed {
      switch next {
      case .wait(let until): return wait(slot, until: until)
      case .connect(let index):
        do {
          let fresh = try ClientConnection(to: addresses[index], tls: tls, of: self)
          if !fresh.isClosed {
            slot.connection = fresh
            fresh.place = slot
            return
          }
          next = failed(slot, fresh.closeReason)
        } catch {
          next = failed(slot, "cannot connect to \(addresses[index]): \(error)")
        }
      }
    }
  }

  private func failed(_ slot: ConnectionSlot, _ reason: String) -> Reconnecting.Next {
    lastFailure = reason
    slot.connection = nil
    return slot.reconnecting.failed(now: loop.now, random: options.random())
  }

  /// No address of the channel could be reached. Calls that will not wait fail, unless another connection serves them.
  private func wait(_ slot: ConnectionSlot, until: Int64) {
    if !slots.contains(where: \.isBusy) {
      for call in queue.take(where: { !$0.options.waitsForReady }) { fail(call) }
    }
    if queue.isEmpty || slot.wakeUp?.isScheduled == true { return }
    let timer = slot.wakeUp ?? Timer { [weak self] in self?.grow() }
    slot.wakeUp = timer
    loop.schedule(timer, at: until)
  }

  /// A server closed a connection because it was asked too often for signs of life.
  func askedTooOften() { keepAlive?.slowDown() }

  /// The connection takes no more calls, although its calls may continue; or it is gone.
  func connectionLeaves(_ connection: ClientConnection, isGone: Bool) {
    leaving[ObjectIdentifier(connection)] = isGone ? nil : connection
    guard let slot = slots.first(where: { $0.connection === connection }) else { return }
    slot.connection = nil
    if isClosed { return }
    lastFailure = connection.closeReason
    let next = next(slot, after: connection)
    if !queue.isEmpty { connect(slot, next) }
  }

  private func next(_ slot: ConnectionSlot, after connection: ClientConnection) -> Reconnecting.Next {
    if connection.isDismissed { return slot.reconnecting.next(now: loop.now) }
    guard connection.isReady else { return failed(slot, connection.closeReason) }
    if connection.hasProvedItself {
      slot.reconnecting.succeeded()
      return slot.reconnecting.next(now: loop.now)
    }
    return slot.reconnecting.departed(now: loop.now, random: options.random())
  }

  func close() {
    if isClosed { return }
    isClosed = true
    let open = slots.compactMap(\.connection) + leaving.values
    for slot in slots {
      slot.wakeUp?.cancel()
      slot.wakeUp = nil
    }
    for call in queue.take(where: { _ in true }) { call.end(.failure(Self.channelClosed)) }
    for connection in open { connection.close() }
  }

  private static let channelClosed = RPCError(.cancelled, "the channel is closed")
}
