import BenchAPI
import EventLoop
import Eventually
import Protobuf
import RPC
import Testing

/// Requests of streams that are held back stop their caller and nobody else.
@Suite struct RequestGateTests {
  private static let path = "/test.Gated/Sum"

  /// Holds every request of a stream back but the first.
  private struct Holding: ServerGate {
    let duration: Duration

    func admit(_ call: Call) {
      call.requestGate = { [duration] in try await $0.holdBack(for: duration) }
    }
  }

  private struct Sum: RPCService {
    var serviceDescriptor: ServiceDescriptor {
      ServiceDescriptor(fullName: "test.Gated", file: bench_file, methods: [])
    }

    var methods: [Method] {
      [
        .clientStreaming(RequestGateTests.path) { (requests: RequestStream<EchoRequest>, call) in
          var requests = requests
          var sum: Int64 = 0
          while let request = try await requests.next() { sum += Int64(request.payload.count) }
          let reply = PublishReply(in: call.arena)
          reply.lastSeq = sum
          return reply
        }
      ]
    }
  }

  private static func run(holding duration: Duration, _ body: (BenchBackend) async throws -> Void) async throws {
    try await BenchBackend.run(interceptors: [Holding(duration: duration)], services: [Sum()], body)
  }

  /// More than the stream's window passes, piece by piece: each request that is taken gives some of it back.
  @Test(arguments: [100, 30_000]) func everyRequestThatIsHeldBackArrives(bytes: Int) async throws {
    try await Self.run(holding: .milliseconds(1)) { backend in
      let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(Self.path)
      for _ in 0..<100 { try await call.send(EchoRequest.of(bytes: bytes)) }
      #expect(try await call.finish().lastSeq == Int64(100 * bytes))
    }
  }

  /// They are held for ever, with more on the way than the connection's window; another call on it is answered.
  @Test(.timeLimit(.minutes(5))) func othersOnTheConnectionAreNotHeldBack() async throws {
    try await Self.run(holding: .seconds(3_600)) { backend in
      var calls: [ClientStreamingCall<EchoRequest, PublishReply>] = []
      for _ in 0..<400 { calls.append(try await backend.channel.clientStreaming(Self.path)) }
      let senders = calls.map { call in
        Task { for _ in 0..<10 { try await call.send(EchoRequest.of(bytes: 20_000)) } }
      }
      // 400 windows of 64 KiB each are more than the 16 MiB of the connection.
      try await eventually { backend.server.callsInFlight == 400 }
      for _ in 0..<50 { #expect(try await backend.echo("", bytes: 50_000).payload.count == 50_000) }
      for call in calls { call.cancel() }
      for sender in senders { _ = await sender.result }
      try await eventually { backend.server.callsInFlight == 0 }
    }
  }
}
