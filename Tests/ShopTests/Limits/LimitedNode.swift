import EventLoop
import Metrics
import RPC
import RateLimiter
import Synchronization

@testable import Platform

/// A server with a limiter and one method that answers at once, and a client of it.
struct LimitedNode: Sendable {
  private static let serviceName = "grpc.health.v1.Health"

  let registry: MetricsRegistry
  let authenticator: NamedCallers
  let channel: Channel
  /// The channel's.
  let loop: EventLoop

  /// Runs `body` with a node whose methods weigh `cost` in the allowance of `kind`, and which has `services` beside the
  /// standard ones.
  static func serve(
    _ limits: CallLimits, cost: Int = 1, kind: LimiterClass = .standard, open: OpenCallLimits = OpenCallLimits(),
    services own: [any RPCService] = [], _ body: (LimitedNode) async throws -> Void
  ) async throws {
    let group = EventLoopGroup(count: 2)
    let services: [any RPCService] = StandardServices.added(to: own, files: [], health: HealthRegistry(services: []))
    let registry = MetricsRegistry(group: group)
    let authenticator = NamedCallers()
    let policies = PolicyTable(
      services: services, all: MethodPolicy(access: .everybody, limiterClass: kind, cost: cost))
    let limiter = CallLimiter(policies, limits, registry)
    let guarded = limiter.guarded(authenticator)
    let server = RPCServer(
      group: group, services: services,
      interceptors: [
        TrafficForwarding(guarded), Authentication(policies, guarded), limiter, AccessControl(policies),
        OpenCallLimiter(policies, open, registry),
      ])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    let channel = Channel(address, on: group.loops[0])
    let node = LimitedNode(
      registry: registry, authenticator: authenticator, channel: channel, loop: group.loops[0])
    try await body(node)
    await channel.close()
    await server.shutdown(grace: .zero)
    await Task.detached { group.shutdown() }.value
  }

  /// Calls so often, and returns how often each status came.
  func calls(
    _ count: Int, as credentials: String?, for address: String? = nil, forwardingKey: String? = nil
  ) async -> [StatusCode: Int] {
    let options = options(as: credentials, for: address, forwardingKey: forwardingKey)
    var endings: [StatusCode: Int] = [:]
    for _ in 0..<count { endings[await call(options)?.code ?? .ok, default: 0] += 1 }
    return endings
  }

  /// What a call takes with it that shows these credentials.
  func options(
    as credentials: String?, for address: String? = nil, forwardingKey: String? = nil, timeout: Duration = .seconds(10)
  ) -> CallOptions {
    var options = CallOptions()
    if let address { options.metadata.add(TrafficForwarding.addressField, address) }
    if let forwardingKey { options.metadata.add(TrafficForwarding.keyField, forwardingKey) }
    options.timeout = timeout
    if let credentials { options.metadata.add("authorization", credentials) }
    return options
  }

  /// The value of a metric's series; nil when there is no such series.
  func metric(_ series: String) async -> Int? {
    let lines = await registry.render().split(separator: "\n")
    return lines.first { $0.hasPrefix(series + " ") }.flatMap { Int($0.dropFirst(series.count + 1)) }
  }

  /// Calls once, and returns how it failed.
  func call(as credentials: String?) async -> RPCError? { await call(options(as: credentials)) }

  private func call(_ options: CallOptions) async -> RPCError? {
    await failure {
      let asked = request(HealthCheckRequest.self)
      let _: HealthCheckResponse = try await channel.unary(
        "/\(Self.serviceName)/Check", asked, options)
    }
  }
}

/// Takes callers by their word: `user ID`, `key ID`, `rich ID` for a key that may call five times, `certificate ID`,
/// `expired`, `forged`. A program's key is its id.
final class NamedCallers: Authenticator {
  final class Count: Sendable {
    private let number = Atomic<Int>(0)
    var value: Int { number.load(ordering: .relaxed) }
    func add() { number.add(1, ordering: .relaxed) }
  }

  /// How many credentials it has looked at.
  let looked = Count()

  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller {
    guard let words = call.metadata["authorization"]?.split(separator: " ") else { return .anonymous }
    looked.add()
    switch (words[0], words.last.flatMap { ID(String($0)) }) {
    case ("user", let id?): return Caller(kind: .user, id: id, role: .customer)
    case ("key", let id?): return Caller(kind: .service, id: id, role: .admin, scopes: .all)
    case ("rich", let id?):
      let own = Allowances(every: RateLimit(5, per: .seconds(86_400)))
      return Caller(kind: .service, id: id, role: .admin, scopes: .all, allowances: own)
    case ("certificate", let id?): return Caller(kind: .certificate, id: id, role: .admin, scopes: .all)
    case ("expired", _): throw .expired
    default: throw .invalid(reason: "a test's")
    }
  }

  func program(withKey key: String, _ call: Call) throws(AuthenticationError) -> Caller {
    looked.add()
    guard let id = ID(key) else { throw .invalid(reason: "a test's") }
    return Caller(kind: .service, id: id, role: .admin, scopes: .all)
  }
}
