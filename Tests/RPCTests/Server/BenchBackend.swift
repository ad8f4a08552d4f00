import BenchAPI
import EventLoop
import Eventually
import Protobuf
import RPC
import Synchronization
import Testing

/// A real server on a free port with a service that can be told how to behave, and a channel to it.
final class BenchBackend: Sendable {
  let group: EventLoopGroup
  let server: RPCServer
  let address: ListenAddress
  let channel: Channel
  let client: BenchClient
  let service: ScriptedBench

  init(
    loops: Int = 2, limits: RPCLimits = RPCLimits(), interceptors: [any ServerInterceptor] = [],
    services: [any RPCService] = [], requestRules: [String: RequestRules] = [:], topicCapacity: Int = 256,
    lifetime: ConnectionLifetime = ConnectionLifetime(),
    isShared: @escaping @Sendable (UInt128) -> Bool = { _ in false }
  ) async throws {
    group = EventLoopGroup(count: loops)
    service = ScriptedBench(topic: Topic(group: group, capacity: topicCapacity))
    server = RPCServer(
      group: group, services: [service] + services, interceptors: interceptors, routes: [Self.route], limits: limits,
      requestRules: requestRules, lifetime: lifetime, isShared: isShared)
    address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    channel = Channel(address, on: group.loops[loops - 1])
    client = BenchClient(channel)
  }

  private static let route = HTTPRoute("GET", "/healthz") { _ in HTTPResponse(text: "fine\n") }

  /// Runs `body` with a backend that is stopped afterwards, whatever happens.
  static func run(
    loops: Int = 2, limits: RPCLimits = RPCLimits(), interceptors: [any ServerInterceptor] = [],
    services: [any RPCService] = [], requestRules: [String: RequestRules] = [:], topicCapacity: Int = 256,
    lifetime: ConnectionLifetime = ConnectionLifetime(),
    isShared: @escaping @Sendable (UInt128) -> Bool = { _ in false }, _ body: (BenchBackend) async throws -> Void
  ) async throws {
    let backend = try await BenchBackend(
      loops: loops, limits: limits, interceptors: interceptors, services: services, requestRules: requestRules,
      topicCapacity: topicCapacity, lifetime: lifetime, isShared: isShared)
    try await serve(backend.server, backend.channel, backend.group) { try await body(backend) }
  }

  func echo(_ id: String, bytes: Int = 0, options: CallOptions = CallOptions()) async throws -> EchoReply {
    let arena = Arena()
    let request = EchoRequest(in: arena)
    request.id = arena.text(id)
    request.payload = Bytes(repeatElement(7, count: bytes), in: arena)
    return try await client.echo(request, options: options)
  }

  /// Makes a call whose deadline passes while its handler sleeps. Where the machine is busy, a deadline may pass before
  /// its call has come: then another one is made.
  func echoPastItsDeadline() async throws {
    let before = service.started.load(ordering: .relaxed)
    try await eventually {
      await expect(.deadlineExceeded) { _ = try await echo("sleep", options: CallOptions(timeout: .milliseconds(50))) }
      return service.started.load(ordering: .relaxed) > before
    }
  }

  func publish(_ count: Int32) async throws {
    let request = PublishRequest(in: Arena())
    request.count = count
    _ = try await client.publish(request)
  }
}

/// The service under test. An echo's id says what the handler does.
final class ScriptedBench: BenchService {
  let topic: Topic<BenchEvent>
  let cancelled = Atomic<Int>(0)
  let started = Atomic<Int>(0)
  /// Until it is set, the handlers of echoes named "hold" wait.
  let isReleased = Atomic<Bool>(false)
  private let sequence = Atomic<Int64>(0)

  init(topic: Topic<BenchEvent>) { self.topic = topic }

  func echo(_ request: EchoRequest, _ call: Call) async throws -> EchoReply {
    started.add(1, ordering: .relaxed)
    switch request.id.string {
    case "sleep":
      do {
        try await call.loop.sleep(for: .seconds(60))
      } catch {
        cancelled.add(1, ordering: .relaxed)
        throw error
      }
    case "busy":
      compute()
      try await call.loop.sleep(for: .seconds(60))
    case "compute": compute()
    case "cancel its task": withUnsafeCurrentTask { $0?.cancel() }
    case "is its task cancelled?":
      let reply = EchoReply(in: call.arena)
      reply.id = call.arena.text("\(Task.isCancelled)")
      return reply
    case "hold": while !isReleased.load(ordering: .relaxed) { try await call.loop.sleep(for: .milliseconds(1)) }
    case "hidden": throw Unforeseen(secret: "SELECT password FROM account")
    case "details":
      throw RPCError(
        .invalidArgument, "naïve % input\n",
        details: [
          .badRequest([.init(field: "id", description: "is wrong")]), .retryInfo(delay: .milliseconds(1500)),
          .errorInfo(reason: "WRONG", domain: "test", metadata: ["a": "b"]),
          .resourceInfo(type: "t", name: "n", description: "d"),
          .preconditionFailure([.init(type: "T", subject: "s", description: "d")]),
          .quotaFailure([.init(subject: "s", description: "d")]),
        ], trailers: ["x-trailer": "of the error"])
    case "huge trailers": call.trailers.add("x-huge", String(repeating: "x", count: 200_000))
    case "metadata":
      call.headers.add("x-heading", "from the server")
      call.trailers.add("x-ending-bin", bytes: [1, 2, 255])
      let reply = EchoReply(in: call.arena)
      reply.id = call.arena.text(call.metadata["x-asked"] ?? "nothing")
      reply.payload = call.arena.bytes(call.metadata.bytes("x-data-bin").flatMap { $0 })
      return reply
    default: break
    }
    let reply = EchoReply(in: call.arena)
    reply.id = request.id
    reply.payload = request.payload
    return reply
  }

  /// As a handler that computes: the loop hears nothing meanwhile.
  private func compute() {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(80)
    while clock.now < end {}
  }

  func listProducts(_ request: ListRequest, _ call: Call) async throws -> ListReply { ListReply(in: call.arena) }

  func getProduct(_ request: GetRequest, _ call: Call) async throws -> FlatProduct {
    throw RPCError(.notFound, "no such product")
  }

  func watch(_ request: WatchRequest, _ responses: ResponseStream<Event>, _ call: Call) async throws {
    let subscription = topic.subscribe(on: call.loop, to: call.metadata["x-subject"].flatMap { Int64($0) }.map { [$0] })
    if call.metadata["x-only"] == "even" { subscription.filter = { $0.number.isMultiple(of: 2) } }
    try await responses.follow(subscription)
    throw RPCError(.outOfRange, "fell behind")
  }

  func publish(_ request: PublishRequest, _ call: Call) async throws -> PublishReply {
    var events: [PublishedEvent<BenchEvent>] = []
    for _ in 0..<request.count {
      let number = sequence.add(1, ordering: .relaxed).newValue
      let event = Event(in: call.arena)
      event.seq = number
      event.sku = call.arena.text(String(repeating: "s", count: 500))
      events.append(try PublishedEvent(event, attributes: BenchEvent(number: number)))
    }
    topic.publish(events)
    return PublishReply(in: call.arena)
  }
}

/// An event of the bench concerns the last digit of its number.
struct BenchEvent: EventAttributes {
  let number: Int64

  var subjects: [Int64] { [number % 10] }
}

struct Unforeseen: Error {
  let secret: String
}
