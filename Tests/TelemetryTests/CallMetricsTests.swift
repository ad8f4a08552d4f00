import BenchAPI
import EventLoop
import Eventually
import Metrics
import Protobuf
import RPC
import Telemetry
import Testing

/// A server with interceptors of ours, and a client to it.
final class ObservedServer: Sendable {
  let group: EventLoopGroup
  let channel: Channel
  let client: BenchClient
  private let server: RPCServer

  init(_ group: EventLoopGroup, _ interceptors: [any ServerInterceptor]) async throws {
    self.group = group
    server = RPCServer(group: group, services: [ObservedBench()], interceptors: interceptors)
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    channel = Channel(address, on: group.loops[group.loops.count - 1])
    client = BenchClient(channel)
  }

  func stop() async {
    await channel.close()
    await server.shutdown(grace: .milliseconds(100))
  }

  @discardableResult
  func echo(_ id: String, _ options: CallOptions = CallOptions()) async throws -> String {
    let arena = Arena()
    let request = EchoRequest(in: arena)
    request.id = arena.text(id)
    return try await client.echo(request, options: options).id.string
  }
}

/// An echo whose id says how it ends; the reply's id is the trace that the handler saw.
struct ObservedBench: BenchService {
  func echo(_ request: EchoRequest, _ call: Call) async throws -> EchoReply {
    switch request.id.string {
    case "missing": throw RPCError(.notFound, "secret-in-status")
    case "sleep": try await call.loop.sleep(for: .seconds(86_400))
    default: break
    }
    let reply = EchoReply(in: call.arena)
    reply.id = call.arena.text(call.traceContext?.traceparent ?? request.id.string)
    return reply
  }

  func listProducts(_ request: ListRequest, _ call: Call) async throws -> ListReply { ListReply(in: call.arena) }
  func getProduct(_ request: GetRequest, _ call: Call) async throws -> FlatProduct { FlatProduct(in: call.arena) }
  func publish(_ request: PublishRequest, _ call: Call) async throws -> PublishReply { PublishReply(in: call.arena) }
  func watch(_ request: WatchRequest, _ responses: ResponseStream<Event>, _ call: Call) async throws {
    for number in 1...3 {
      let event = Event(in: responses.arena)
      event.seq = Int64(number)
      try await responses.send(event)
    }
  }
}

@Suite(.timeLimit(.minutes(2))) struct CallMetricsTests {
  private static let echo = #"{grpc_type="unary",grpc_service="bench.v1.Bench",grpc_method="Echo""#

  @Test func `every call is counted under its method and how it ended`() async throws {
    let group = EventLoopGroup(count: 2)
    let registry = MetricsRegistry(group: group)
    let server = try await ObservedServer(group, [CallMetrics(registry, services: [ObservedBench()])])
    for _ in 0..<3 { try await server.echo("abc") }
    await #expect(throws: RPCError.self) { try await server.echo("missing") }
    // Where the machine is busy, a deadline may pass before its call has come: then another one is made.
    try await eventually {
      await #expect(throws: RPCError.self) { try await server.echo("sleep", CallOptions(timeout: .milliseconds(20))) }
      return await registry.render().contains("grpc_server_started_total\(Self.echo)} 5\n")
    }
    var events = 0
    for try await _ in try await server.client.watch(WatchRequest(in: Arena())) { events += 1 }
    #expect(events == 3)
    for path in ["/bench.Nothing/Here", "/bench.Bench/No"] {
      await #expect(throws: RPCError.self) {
        let _: EchoReply = try await server.channel.unary(path, EchoRequest(in: Arena()))
      }
    }
    let echo = Self.echo
    let watch = #"{grpc_type="server_stream",grpc_service="bench.v1.Bench",grpc_method="Watch""#
    let unknown = #"{grpc_type="unknown",grpc_service="unknown",grpc_method="unknown""#
    let expected = [
      "grpc_server_started_total\(echo)} 5", "grpc_server_handled_total\(echo),grpc_code=\"OK\"} 3",
      "grpc_server_handled_total\(echo),grpc_code=\"NotFound\"} 1",
      "grpc_server_handling_seconds_count\(echo)} 5", "grpc_server_in_flight\(echo)} 0",
      "grpc_server_handling_seconds_bucket\(echo),le=\"+Inf\"} 5",
      "grpc_server_msg_received_total\(echo)} 5", "grpc_server_msg_sent_total\(echo)} 3",
      "grpc_server_msg_sent_bytes_total\(echo)} 15",
      "grpc_server_started_total\(watch)} 1", "grpc_server_msg_sent_total\(watch)} 3",
      "grpc_server_started_total\(unknown)} 2",
      "grpc_server_handled_total\(unknown),grpc_code=\"Unimplemented\"} 2",
    ]
    // A handler that was cancelled ends a moment after its caller knows.
    var text = ""
    try? await eventually {
      text = await registry.render()
      return expected.allSatisfy { text.contains($0 + "\n") }
    }
    for line in expected { #expect(text.contains(line + "\n"), "\(line) is not in\n\(text)") }
    // Both sides watch the deadline; if the caller is the first, it gives the call up.
    let late = ["DeadlineExceeded", "Canceled"].map { "grpc_server_handled_total\(echo),grpc_code=\"\($0)\"} 1\n" }
    #expect(late.count { text.contains($0) } == 1)
    #expect(!text.contains("Nothing"), "a caller made a series")
    await server.stop()
    group.shutdown()
  }
}
