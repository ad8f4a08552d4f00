public import EventLoop
public import Logging
internal import Protobuf
internal import Synchronization

/// Serves gRPC on the loops of a group.
public final class RPCServer: Sendable {
  private struct State {
    var listeners: [(loop: EventLoop, listener: LoopBound<Listener>, socket: ListeningSocket)] = []
    var isDraining = false
    var isHandedOver = false
  }

  let limits: RPCLimits
  let lifetime: ConnectionLifetime
  let router: Router
  /// What handles calls that are refused, so that interceptors see them too.
  let refusing: Method
  let web: WebServer
  let refusedOrigins = RefusedOrigins()
  let logger: Logger
  /// Its id in channelz.
  let channelzID = ProcessServers.nextID()
  let group: EventLoopGroup
  let registries: [LoopBound<ConnectionRegistry>]
  private let activity: CallActivity
  private let state = Mutex(State())
  private let connections = Atomic<Int>(0)
  private let calls = Atomic<Int>(0)
  private let nextLoop = Atomic<Int>(0)

  /// What the server offers.
  public let services: [ServiceDescriptor]

  /// A server for `services`, each call of which goes through `interceptors`, the first outermost, and for `routes`,
  /// which are no calls. `crossOrigin` says which web pages may call; without it, those of other origins may not.
  ///
  /// `activityMemory` is a descriptor of memory in which it notes what its loops are at: see ``CallActivityReport``.
  ///
  /// Two services of one name, or two routes of one method and path, are a programmer's error and end the process.
  public init(
    group: EventLoopGroup, services: [any RPCService], interceptors: [any ServerInterceptor] = [],
    routes: [HTTPRoute] = [], crossOrigin: CrossOriginPolicy = .sameOriginOnly, limits: RPCLimits = RPCLimits(),
    lifetime: ConnectionLifetime = ConnectionLifetime(), activityMemory: Int32? = nil,
    logger: Logger = Logger(label: "fastshop.rpc")
  ) {
    self.group = group
    self.limits = limits
    self.lifetime = lifetime
    self.logger = logger
    self.services = services.map(\.serviceDescriptor)
    let methods = services.flatMap(\.methods).enumerated().map { index, method in
      method.intercepted(by: interceptors, index: index)
    }
    guard let router = Router(methods) else { preconditionFailure("two services share a method's path") }
    self.router = router
    refusing = Method(path: "", kind: .unary) { try Call.refuse($0) }.intercepted(by: interceptors)
    guard let table = RouteTable(routes) else { preconditionFailure("two routes share a method and a path") }
    web = WebServer(routes: table, crossOrigin: crossOrigin, limits: limits) { router.find($0) }
    let activity = CallActivity(loops: group.loops.count, methods: methods.map(\.path), memory: activityMemory)
    self.activity = activity
    registries = group.loops.map { LoopBound(ConnectionRegistry(activity.ofLoop($0.index)), on: $0) }
  }

  /// Calls being handled now.
  public var callsInFlight: Int { calls.load(ordering: .relaxed) }
  /// Connections open now.
  public var openConnections: Int { connections.load(ordering: .relaxed) }

  /// Listens, and returns where: with port 0, the port that was free. May be called for several endpoints.
  /// - Throws: ``ListenError``.
  @discardableResult
  public func listen(on endpoint: Endpoint) async throws -> ListenAddress {
    let sockets = try ListeningSocket.open(endpoint, loops: group.loops.count)
    try await listen(on: endpoint, sockets)
    return sockets[0].bound
  }

  /// Listens on sockets that have been opened for `endpoint`; several are spread over the loops.
  /// - Throws: ``ListenError``.
  package func listen(on endpoint: Endpoint, _ sockets: [ListeningSocket]) async throws {
    do {
      for socket in sockets { try socket.listen() }
    } catch {
      for socket in sockets { socket.closeAndRemove() }
      throw error
    }
    ProcessServers.add(self)
    for (index, socket) in sockets.enumerated() {
      await listen(on: socket, endpoint, ownLoop: sockets.count > 1 ? index % group.loops.count : nil)
    }
  }

  private func listen(on socket: ListeningSocket, _ endpoint: Endpoint, ownLoop: Int?) async {
    let loop = group.loops[ownLoop ?? 0]
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      loop.execute { [self] in
        let listener = Listener(socket, loop: loop) { [self] in accept($0, tls: endpoint.tls, on: ownLoop) }
        state.withLock { $0.listeners.append((loop, LoopBound(listener, on: loop), socket)) }
        done.resume()
      }
    }
  }

  /// The sockets on which it listens now.
  var listeningSockets: [ListeningSocket] { state.withLock { $0.listeners.map(\.socket) } }

  /// Whether it stops because another program serves in its place.
  var isHandedOver: Bool { state.withLock { $0.isHandedOver } }

  /// Stops accepting, lets the calls in flight end, then closes every connection; calls that last longer than `grace`
  /// end with UNAVAILABLE. With `isHandedOver`, another program accepts on the same sockets: who has not been accepted
  /// is left to it, and who has just been accepted may still say what it came for.
  public func shutdown(grace: Duration, isHandedOver: Bool = false) async {
    defer { ProcessServers.remove(channelzID) }
    let listeners = state.withLock { state in
      defer { state.listeners = [] }
      state.isDraining = true
      state.isHandedOver = isHandedOver
      return state.listeners
    }
    for (loop, listener, _) in listeners { loop.execute { listener.value.close(isHandedOver: isHandedOver) } }
    onEveryLoop { $0.drain() }
    let clock = ContinuousClock()
    let end = clock.now + grace
    await waitForConnections(until: end)
    onEveryLoop { $0.endCalls() }
    await waitForConnections(until: clock.now + Self.farewellMax)
    onEveryLoop { $0.closeAll() }
    while connections.load(ordering: .acquiring) > 0 { try? await group.loops[0].sleep(for: .milliseconds(1)) }
    while calls.load(ordering: .acquiring) > 0 && clock.now < end + .seconds(1) {
      try? await group.loops[0].sleep(for: .milliseconds(5))
    }
  }

  /// How long callers whose calls were ended may take to read that.
  private static let farewellMax = Duration.milliseconds(500)

  private func waitForConnections(until end: ContinuousClock.Instant) async {
    let clock = ContinuousClock()
    while connections.load(ordering: .acquiring) > 0 && clock.now < end {
      try? await group.loops[0].sleep(for: .milliseconds(5))
    }
  }

  private func onEveryLoop(_ body: @escaping @Sendable (ConnectionRegistry) -> Void) {
    for (loop, registry) in zip(group.loops, registries) { loop.execute { body(registry.value) } }
  }

  /// Closes the connections of clients whose certificates `context` does not believe any more.
  func closeUntrusted(by context: TLSContext) { onEveryLoop { $0.closeUntrusted(by: context) } }

  // MARK: Connections and calls

  /// Serves a socket that is connected already, in clear text, and closes it in the end. From any thread.
  package func serve(connected fd: Int32) { accept(fd, tls: nil, on: nil) }

  /// `loop`: the one that accepted it and keeps it; nil deals it out.
  private func accept(_ fd: Int32, tls: ReloadableTLSContext?, on loop: Int?) {
    if connections.add(1, ordering: .relaxed).newValue > limits.connectionsMax {
      connections.subtract(1, ordering: .relaxed)
      return SocketClosing.close(fd)
    }
    let index = loop ?? nextLoop.add(1, ordering: .relaxed).oldValue % group.loops.count
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
  /// What the handlers of its loop are at.
  let activity: LoopActivity
  /// The calls of all of them, also of those that are gone.
  var calls = CallCounters()
  var all: some Collection<ServerConnection> { connections.values }

  init(_ activity: LoopActivity) { self.activity = activity }

  func add(_ connection: ServerConnection) { connections[ObjectIdentifier(connection)] = connection }
  func remove(_ connection: ServerConnection) { connections[ObjectIdentifier(connection)] = nil }
  func drain() { for connection in connections.values { connection.drain() } }
  func endCalls() {
    for connection in connections.values { connection.endCalls("the server has stopped; go on elsewhere") }
  }
  func closeUntrusted(by context: TLSContext) {
    for connection in connections.values {
      guard let tls = connection.tls, tls.context.series == context.series, tls.context !== context else { continue }
      if !tls.isPeerTrusted(by: context) { connection.close() }
    }
  }
  func closeAll() { for connection in connections.values { connection.close() } }
}
