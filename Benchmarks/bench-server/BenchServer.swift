internal import ArgumentParser
internal import EventLoop
internal import Foundation
internal import Metrics
internal import Platform
internal import Postgres
internal import RPC
internal import RateLimiter
internal import Telemetry

/// Knows every caller at once: what verifying a token costs is measured by itself.
struct EverybodysFriend: Authenticator {
  private static let caller = Caller(kind: .user, id: ID("0190b6c2-0000-7000-8000-000000000001"), role: .customer)

  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller { Self.caller }
}

/// Serves `bench.v1.Bench`, so that the runtime can be measured beside other gRPC servers.
@main
struct BenchServer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-server", abstract: "Serve bench.v1.Bench, to be measured beside other gRPC servers.")

  @Option(help: "Where to listen in clear text.")
  var listen = "127.0.0.1:50051"

  @Option(help: "Where to listen with TLS, with a development certificate.")
  var tlsListen: String?

  @Option(help: "Where the development certificate is kept.")
  var certificateDirectory = "."

  @Option(help: "Event loops.")
  var loops = EventLoopGroup.processorCount

  @Option(help: "Postgres with the products table, for GetProduct.")
  var databaseURL: String?

  @Option(help: "Reports that run at any time beside the calls, on the first loop.")
  var reports = 0

  @Option(help: "The duration of a report in seconds.")
  var reportSeconds = 30.0

  @Flag(help: "Every second, 1,000 copies of one request and 1,000 orders of one article run on the first loop.")
  var bursts = false

  @Flag(help: "Count no call, to see what counting costs.")
  var withoutMetrics = false

  @Flag(help: "Ask nobody who they are, to see what asking costs.")
  var withoutAccess = false

  @Flag(help: "Limit no caller, and tell none what is left, to see what that costs.")
  var withoutLimiter = false

  func validate() throws {
    guard loops > 0 else { throw ValidationError("--loops must be at least 1") }
    guard reports == 0 && !bursts || databaseURL != nil else {
      throw ValidationError("--reports and --bursts need --database-url")
    }
  }

  func run() throws {
    let group = EventLoopGroup(count: loops)
    let products = databaseURL.map { ProductTable(configuration: DatabaseConfiguration(url: $0)) }
    let services = [BenchHandlers(products: products, feed: StockFeed(group: group))]
    // As the shop does: what is measured counts every call, asks who makes it, whether that is too often and whether
    // they may.
    let policies = PolicyTable(services: services, all: MethodPolicy(access: .signedIn))
    let registry = MetricsRegistry(group: group)
    var interceptors: [any ServerInterceptor] = []
    if !withoutMetrics { interceptors.append(CallMetrics(registry, services: services)) }
    if !withoutAccess { interceptors.append(Authentication(policies, EverybodysFriend())) }
    if !withoutLimiter { interceptors.append(limiter(policies, registry)) }
    if !withoutAccess { interceptors.append(AccessControl(policies)) }
    if !withoutLimiter { interceptors.append(openCallLimiter(policies, registry)) }
    // The load comes from one address, and opens more streams than one may have: a bound that is never met costs each
    // call as much as one that is.
    var limits = RPCLimits()
    limits.callsPerAddressMax = limits.callsMax
    let server = RPCServer(group: group, services: services, interceptors: interceptors, limits: limits)
    Task {
      do { try await listen(with: server) } catch { Self.exit(withError: error) }
    }
    // Not an asynchronous command: with that the main thread ends, which valgrind does not survive.
    if let products {
      for _ in 0..<reports {
        Task(executorPreference: group.loops[0]) { [reportSeconds] in
          do {
            try await products.report(lasting: reportSeconds, on: group.loops[0])
          } catch {
            Self.exit(withError: error)
          }
        }
      }
    }
    if bursts, let products {
      Task(executorPreference: group.loops[0]) {
        do {
          try await Bursts(configuration: products.configuration).run(on: group.loops[0])
        } catch {
          Self.exit(withError: error)
        }
      }
    }
    while true { Thread.sleep(forTimeInterval: 3600) }
  }

  /// As in the shop, for callers who may call as often as they can.
  private func limiter(_ policies: PolicyTable, _ registry: MetricsRegistry) -> CallLimiter {
    var limits = CallLimits()
    limits.signedIn = Allowances(every: RateLimit(1_000_000_000, per: .seconds(1)))
    limits.guests = limits.signedIn
    return CallLimiter(policies, limits, registry)
  }

  /// As in the shop, for a caller who may have as many streams open as the server takes.
  private func openCallLimiter(_ policies: PolicyTable, _ registry: MetricsRegistry) -> OpenCallLimiter {
    var limits = OpenCallLimits()
    limits.streams = OpenCallLimits.Bounds(guest: nil, user: nil, program: nil)
    limits.calls = limits.streams
    return OpenCallLimiter(policies, limits, registry)
  }

  private func listen(with server: RPCServer) async throws {
    try await server.listen(on: .clearText(try address(listen)))
    if let tlsListen {
      try await server.listen(on: .tls(try address(tlsListen), try certificate()))
    }
  }

  private func address(_ text: String) throws -> ListenAddress {
    guard let address = ListenAddress(text) else { throw ValidationError("\(text) is not HOST:PORT") }
    return address
  }

  private func certificate() throws -> ReloadableTLSContext {
    let made = try DevelopmentCertificate.make(in: certificateDirectory)
    return try ReloadableTLSContext(
      TLSConfiguration(certificateChainPath: made.certificatePath, privateKeyPath: made.privateKeyPath))
  }
}
