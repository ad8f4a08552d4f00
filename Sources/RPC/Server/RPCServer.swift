public import EventLoop
public import Logging
internal import Protobuf
internal import Synchronization

/// Serves gRPC on the loops of a group.
public final class RPCServer: Sendable {
  /// Where to listen, and whether in clear text.
  public struct Endpoint: Sendable {
    let address: ListenAddress
    let tls: ReloadableTLSContext?

    /// Clear text (HTTP/2 with prior knowledge).
    public static func clearText(_ address: ListenAddress) -> Endpoint { Endpoint(address: address, tls: nil) }

    /// TLS, with a context that may be reloaded while connections are open.
    public static func tls(_ address: ListenAddress, _ context: ReloadableTLSContext) -> Endpoint {
      Endpoint(address: address, tls: context)
    }
  }

  private struct State {
    var listeners: [LoopBound<Listener>] = []
    var isDraining = false
  }

  let limits: RPCLimits
  let router: Router
  /// What handles calls that are refused, so that interceptors see them too.
  let refusing: Method
  let logger: Logger
  private let group: EventLoopGroup
  private let registries: [LoopBound<ConnectionRegistry>]
  private let state = Mutex(State())
  private let connections = Atomic<Int>(0)
  private let calls = Atomic<Int>(0)
  private let nextLoop = Atomic<Int>(0)

  /// What the server offers.
  public let services: [ServiceDescriptor]

  /// A server for `services`, each call of which goes through `interceptors`, the first outermost.
  ///
  /// Two services of one name are a programmer's error and end the process.
  public init(
    group: EventLoopGroup, services: [any RPCService], interceptors: [any ServerInterceptor] = [],
    limits: RPCLimits = RPCLimits(), logger: Logger = Logger(label: "fastshop.rpc")
  ) {
    self.group = group
    self.limits = limits
    self.logger = logger
    self.services = services.map(\.serviceDescriptor)
    var methods = services.flatMap(\.methods).map { $0.intercepted(by: interceptors) }
    for index in methods.indices { methods[index].index = index }
    guard let router = Router(methods) else { preconditionFailure("two services share a method's path") }
    self.router = router
    refusing = Method(path: "", kind: .unary) { try Call.refuse($0) }.intercepted(by: interceptors)
    registries = group.loops.map { LoopBound(ConnectionRegistry(), on: $0) }
  }

  /// Calls being handled now.
  public var callsInFlight: Int { calls.load(ordering: .relaxed) }
  /// Connections open now.
  public var openConnections: Int { connections.load(ordering: .relaxed) }

  /// Listens, and returns where: with port 0, the port that was free.
  /// - Throws: ``ListenError``.
  @discardableResult
  public func listen(on endpoint: Endpoint) async throws -> ListenAddress {
    let (fd, bound) = try endpoint.address.listen()
    let loop = group.loops[0]
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      loop.execute { [self] in
        let listener = Listener(fd: fd, loop: loop) { [self] in accept($0, tls: endpoint.tls) }
        state.withLock { $0.listeners.append(LoopBound(listener, on: loop)) }
        done.resume()
      }
    }
    return bound
  }

  /// Stops accepting, lets the calls in flight end, then closes every connection; those that last longer than `grace`
  /// are cut.
  public func shutdown(grace: Duration) async {
    let listeners = state.withLock { state in
      defer { state.listeners = [] }
      state.isDraining = true
      return state.listeners
    }
    for listener in listeners { group.loops[0].execute { listener.value.close() } }
    onEveryLoop { $0.drain() }
    let clock = ContinuousClock()
    let end = clock.now + grace
    while connections.load(ordering: .acquiring) > 0 && clock.now < end {
      try? await group.loops[0].sleep(for: .milliseconds(5))
    }
    onEveryLoop { $0.closeAll() }
    while connections.load(ordering: .acquiring) > 0 { try? await group.loops[0].sleep(for: .milliseconds(1)) }
    while calls.load(ordering: .acquiring) > 0 && clock.now < end + .seconds(1) {
      try? await group.loops[0].sleep(for: .milliseconds(5))
    }
  }

  private func onEveryLoop(_ body: @escaping @Sendable (ConnectionRegistry) -> Void) {
    for (loop, registry) in zip(group.loops, registries) { loop.execute { body(registry.value) } }
  }

  // MARK: Connections and calls

  private func accept(_ fd: Int32, tls: ReloadableTLSContext?) {
    if connections.add(1, ordering: .relaxed).newValue > limits.connectionsMax {
      connections.subtract(1, ordering: .relaxed)
      return SocketClosing.close(fd)
    }
    let index = nextLoop.add(1, ordering: .relaxed).oldValue % group.loops.count
    group.loops[index].onLoop { [self] in open(fd, tls: tls, on: index) }
  }

  private func open(_ fd: Int32, tls: ReloadableTLSContext?, on index: Int) {
    do {
      let session = try tls.map { try TLSSession(context: $0.current) }
      let connection = ServerConnection(server: self, loop: group.loops[index], fd: fd, tls: session)
      if connection.isClosed { return }
      registries[index].value.add(connection)
      if state.withLock({ $0.isDraining }) { connection.drain() }
    } catch {
      logger.warning("TLS is not possible", metadata: ["reason": "\(error)"])
      connections.subtract(1, ordering: .relaxed)
      SocketClosing.close(fd)
    }
  }

  func connectionEnded(_ connection: ServerConnection) {
    registries[connection.loop.index].value.remove(connection)
    connections.subtract(1, ordering: .releasing)
  }

  func callBegan() { calls.add(1, ordering: .relaxed) }
  func callEnded() { calls.subtract(1, ordering: .releasing) }

  /// What a caller must not see of an error, our log shall.
  func observe(_ error: any Error, in call: Call) {
    if error is RPCError || error is CancellationError { return }
    if let known = error as? any RPCErrorConvertible, known.rpcError.code != .internal { return }
    logger.error("a handler failed", metadata: ["method": "\(call.path)", "error": "\(error)"])
  }
}

/// The open connections of one loop.
final class ConnectionRegistry {
  private var connections: [ObjectIdentifier: ServerConnection] = [:]

  func add(_ connection: ServerConnection) { connections[ObjectIdentifier(connection)] = connection }
  func remove(_ connection: ServerConnection) { connections[ObjectIdentifier(connection)] = nil }
  func drain() { for connection in connections.values { connection.drain() } }
  func closeAll() { for connection in connections.values { connection.close() } }
}
