public import EventLoop
public import Logging
internal import Protobuf
internal import Synchronization

/// Serves gRPC on the loops of a group.
public final class RPCServer: Sendable {
  private struct State {
    var listeners: [(loop: EventLoop, listener: LoopBound<Listener>, socket: ListeningSocket)] = []
    var isDraining = false
  }

  let limits: RPCLimits
  let lifetime: ConnectionLifetime
  let router: Router
  /// The handler of refused calls, so that interceptors see them, too.
  let refusing: Method
  let web: WebServer
  /// The bytes that the requests of all callers hold.
  let heldRequests: HeldBytes
  /// The bytes of responses that callers have not read.
  let unreadResponses: HeldBytes
  let refusedOrigins = RefusedOrigins()
  let logger: Logger
  /// Its id in channelz.
  let channelzID = ProcessServers.nextID()
  let group: EventLoopGroup
  let registries: [LoopBound<ConnectionRegistry>]
  /// The paths of the methods, by index.
  let methodPaths: [String]
  let activity: CallActivity
  private let state = Mutex(State())
  /// The usage of each peer address.
  let usages: PeerUsages
  let callBounds: CallBounds
  let pressure = PressureCounts()
  let connections = Atomic<Int>(0)
  /// The accepted connections that their loop has not taken over yet.
  let arriving = Atomic<Int>(0)
  let calls = Atomic<Int>(0)
  let nextLoop = Atomic<Int>(0)

  /// The services that the server offers.
  public let services: [ServiceDescriptor]

  /// A server for `services` and for `routes`, which are plain HTTP. Each call goes through `interceptors`, the first
  /// outermost. `crossOrigin` lists the web origins that may call; by default, only the same origin may.
  ///
  /// `requestRules` has rules for the requests of a method, by its path; `limits` applies to all methods.
  ///
  /// `isShared` tells whether a peer address stands for many callers, like that of a trusted proxy: the limits of an
  /// address do not apply to it.
  ///
  /// `activityMemory` is a descriptor of memory in which the server notes its activity: see ``CallActivityReport``.
  ///
  /// Two services of one name, or two routes of one method and path, are a programming error and end the process.
  public init(
    group: EventLoopGroup, services: [any RPCService], interceptors: [any ServerInterceptor] = [],
    routes: [HTTPRoute] = [], crossOrigin: CrossOriginPolicy = .sameOriginOnly, limits: RPCLimits = RPCLimits(),
    requestRules: [String: RequestRules] = [:], lifetime: ConnectionLifetime = ConnectionLifetime(),
    isShared: @escaping @Sendable (UInt128) -> Bool = { _ in false }, activityMemory: Int32? = nil,
    logger: Logger = Logger(label: "fastshop.rpc")
  ) {
    self.group = group
    self.limits = limits
    heldRequests = HeldBytes(
      RequestMemoryBounds(
        addressBytesMax: limits.heldRequestBytesPerAddressMax, allBytesMax: limits.heldRequestBytesInAllMax))
    unreadResponses = HeldBytes(
      RequestMemoryBounds(
        addressBytesMax: limits.unreadResponseBytesPerAddressMax, allBytesMax: limits.unreadResponseBytesInAllMax))
    self.lifetime = lifetime
    usages = PeerUsages(isShared: isShared)
    callBounds = CallBounds(limits)
    self.logger = logger
    self.services = services.map(\.serviceDescriptor)
    let methods = services.flatMap(\.methods).enumerated().map { index, method in
      var rules = requestRules[method.path] ?? RequestRules()
      rules.bytesMax = min(rules.bytesMax, limits.requestBytesMax)
      return method.intercepted(by: interceptors, index: index, rules: rules)
    }
    guard let router = Router(methods) else { preconditionFailure("two services share a method's path") }
    self.router = router
    refusing = Method(path: "", kind: .unary) { try Call.refuse($0) }.intercepted(by: interceptors)
    guard let table = RouteTable(routes) else { preconditionFailure("two routes share a method and a path") }
    web = WebServer(routes: table, crossOrigin: crossOrigin, limits: limits) { router.find($0) }
    let activity = CallActivity(loops: group.loops.count, methods: methods.map(\.path), memory: activityMemory)
    self.activity = activity
    registries = group.loops.map { LoopBound(ConnectionRegistry(activity.ofLoop($0.index)), on: $0) }
    methodPaths = methods.map(\.path)
  }

  /// Calls being handled now.
  public var callsInFlight: Int { calls.load(ordering: .relaxed) }
  /// Bytes that requests hold now, as far as they are counted: see ``RPCLimits/heldRequestBytesInAllMax``.
  public var heldRequestBytes: Int { heldRequests.bytes.load(ordering: .relaxed) }
  /// Bytes of responses that are not read, as far as they are counted: see ``RPCLimits/unreadResponseBytesInAllMax``.
  public var unreadResponseBytes: Int { unreadResponses.bytes.load(ordering: .relaxed) }
  /// Connections open now.
  public var openConnections: Int { connections.load(ordering: .relaxed) }
  /// The connections and calls that were refused under load.
  public var pressureStatistics: PressureStatistics { pressure.statistics }

  /// Listens, and returns the addresses; port 0 becomes the free port that was chosen. May be called for several
  /// endpoints.
  /// - Throws: ``ListenError``.
  @discardableResult
  public func listen(on endpoint: Endpoint) async throws -> ListenAddress {
    let sockets = try ListeningSocket.open(endpoint, loops: group.loops.count)
    try await listen(on: endpoint, sockets)
    return sockets[0].bound
  }

  /// Listens on open sockets of `endpoint`. Several sockets are spread over the loops.
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
        let listener = Listener(
          socket, loop: loop, accept: { [self] in accept($0, tls: endpoint.tls, on: ownLoop) },
          isBusy: { [self] in arriving.load(ordering: .relaxed) >= Self.arrivingMax },
          exhausted: { [self] in acceptsExhausted() })
        state.withLock { $0.listeners.append((loop, LoopBound(listener, on: loop), socket)) }
        done.resume()
      }
    }
  }

  /// The current listening sockets.
  var listeningSockets: [ListeningSocket] { state.withLock { $0.listeners.map(\.socket) } }

  /// Whether it is stopping.
  var isDraining: Bool { state.withLock { $0.isDraining } }

  /// Stops accepting, lets the calls in flight end, then closes all connections. Calls that last longer than `grace`
  /// end with UNAVAILABLE. Connections that the kernel has accepted are served first, and their callers receive a
  /// GOAWAY. With `isHandedOver`, another program accepts them on the same sockets.
  public func shutdown(grace: Duration, isHandedOver: Bool = false) async {
    defer { ProcessServers.remove(channelzID) }
    let listeners = state.withLock { state in
      defer { state.listeners = [] }
      state.isDraining = true
      return state.listeners
    }
    for (loop, listener, _) in listeners {
      await withCheckedContinuation { (closed: CheckedContinuation<Void, Never>) in
        loop.execute { listener.value.close(isHandedOver: isHandedOver) { closed.resume() } }
      }
    }
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

  /// The time that callers have to read the end of their calls.
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

  /// Closes the connections of clients whose certificates `context` no longer trusts.
  func closeUntrusted(by context: TLSContext) { onEveryLoop { $0.closeUntrusted(by: context) } }

  // MARK: Connections

  /// Serves a connected socket in clear text, and closes it at the end. From any thread.
  package func serve(connected fd: Int32) { accept(fd, tls: nil, on: nil) }

  /// Logs the details of an error that callers must not see.
  func observe(_ error: any Error, in call: Call) {
    if error is RPCError || error is CancellationError { return }
    if let known = error as? any RPCErrorConvertible, known.rpcError.code != .internal { return }
    logger.error("a handler failed", metadata: ["method": "\(call.path)", "error": "\(error)"])
  }
}
