import BenchAPI
import EventLoop
import Eventually
import Protobuf
import RPC
import Synchronization
import Testing

/// Streams of requests, and streams both ways, with back-pressure in both directions.
@Suite struct StreamTests {
  @Test(arguments: [0, 1, 3, 5_000]) func everyRequestOfAStreamArrives(count: Int) async throws {
    try await StreamBackend.run { backend in
      let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
        StreamBackend.sumPath)
      for number in 0..<count { try await call.send(EchoRequest.of(bytes: number % 3_000)) }
      #expect(try await call.finish().lastSeq == (0..<count).reduce(0) { $0 + Int64($1 % 3_000) })
    }
  }

  @Test func bothWaysAtOnce() async throws {
    try await StreamBackend.run { backend in
      let call: BidirectionalCall<EchoRequest, EchoReply> = try await backend.channel.bidirectional(
        StreamBackend.chatPath)
      var replies = call.responses.makeAsyncIterator()
      for number in 0..<500 {
        try await call.send(EchoRequest.of(bytes: number))
        #expect(try await replies.next()?.payload.count == number)
      }
      call.endRequests()
      #expect(try await replies.next() == nil)
    }
  }

  /// A handler that takes nothing stops its caller: what is on the way stays within the stream's window.
  @Test func slowHandlerStopsTheSender() async throws {
    try await StreamBackend.run { backend in
      let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
        StreamBackend.stuckPath)
      let sent = Counter()
      let sender = Task {
        let message = EchoRequest.of(bytes: 10_000)
        for _ in 0..<1_000 {
          try await call.send(message)
          sent.value.add(1, ordering: .relaxed)
        }
      }
      let window = RPCLimits().streamWindowBytes
      // However slow the machine is: the window fills, and whenever the sender is looked at, it has sent no more.
      try await eventually { sent.value.load(ordering: .relaxed) * 10_000 > window / 2 }
      for _ in 0..<10 {
        let another: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
          StreamBackend.sumPath)
        try await another.send(EchoRequest.of(bytes: 0))
        _ = try await another.finish()
        #expect(sent.value.load(ordering: .relaxed) * 10_000 < window + 200_000)
      }
      call.cancel()
      await #expect(throws: RPCError.self) { try await sender.value }
      #expect(sent.value.load(ordering: .relaxed) * 10_000 < window + 200_000)
    }
  }

  /// A caller that reads nothing stops the handler, and loses nothing when it reads on.
  @Test func slowReaderStopsTheHandler() async throws {
    try await StreamBackend.run { backend in
      let request = EchoRequest.of(bytes: 0)
      let stream: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(
        StreamBackend.floodPath, request)
      var last = -1
      try await eventually {
        let now = backend.flooded.value.load(ordering: .relaxed)
        defer { last = now }
        return now > 0 && now == last
      }
      #expect(last < StreamBackend.floodCount)
      var received = 0
      for try await reply in stream {
        #expect(reply.id == "\(received)")
        received += 1
      }
      #expect(received == StreamBackend.floodCount)
    }
  }

  /// An early answer ends the call although the caller still sends.
  @Test func earlyEndReachesTheSender() async throws {
    try await StreamBackend.run { backend in
      let call: ClientStreamingCall<EchoRequest, PublishReply> = try await backend.channel.clientStreaming(
        StreamBackend.refusePath)
      await expect(.failedPrecondition) {
        for _ in 0..<10_000 { try await call.send(EchoRequest.of(bytes: 1_000)) }
      }
    }
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}

/// A server whose methods are made by hand: streams of every kind.
private final class StreamBackend: Sendable {
  static let sumPath = "/test.Streams/Sum"
  static let chatPath = "/test.Streams/Chat"
  static let stuckPath = "/test.Streams/Stuck"
  static let floodPath = "/test.Streams/Flood"
  static let refusePath = "/test.Streams/Refuse"
  static let floodCount = 1_000

  let channel: Channel
  let flooded = Counter()
  private let group = EventLoopGroup(count: 2)
  private let server: RPCServer

  private init() async throws {
    server = RPCServer(group: group, services: [Streams(flooded: flooded)])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    channel = Channel(address, on: group.loops[1])
  }

  static func run(_ body: (StreamBackend) async throws -> Void) async throws {
    let backend = try await StreamBackend()
    try await serve(backend.server, backend.channel, backend.group) { try await body(backend) }
  }
}

private struct Streams: RPCService {
  let flooded: Counter

  var serviceDescriptor: ServiceDescriptor {
    ServiceDescriptor(fullName: "test.Streams", file: bench_file, methods: [])
  }

  var methods: [Method] {
    [
      .clientStreaming(StreamBackend.sumPath) { (requests: RequestStream<EchoRequest>, call) in
        var requests = requests
        var sum: Int64 = 0
        while let request = try await requests.next() { sum += Int64(request.payload.count) }
        let reply = PublishReply(in: call.arena)
        reply.lastSeq = sum
        return reply
      },
      .bidirectional(StreamBackend.chatPath) {
        (requests: RequestStream<EchoRequest>, responses: ResponseStream<EchoReply>, _) in
        var requests = requests
        while let request = try await requests.next() {
          let reply = EchoReply(in: responses.arena)
          reply.payload = request.payload
          try await responses.send(reply)
        }
      },
      .clientStreaming(StreamBackend.stuckPath) { (_: RequestStream<EchoRequest>, call) in
        try await call.loop.sleep(for: .seconds(60))
        return PublishReply(in: call.arena)
      },
      .serverStreaming(StreamBackend.floodPath) {
        (_: EchoRequest, responses: ResponseStream<EchoReply>, _) in
        for number in 0..<StreamBackend.floodCount {
          let arena = responses.arena
          let reply = EchoReply(in: arena)
          reply.id = arena.text("\(number)")
          reply.payload = Bytes(repeatElement(1, count: 10_000), in: arena)
          try await responses.send(reply)
          flooded.value.add(1, ordering: .relaxed)
        }
      },
      .clientStreaming(StreamBackend.refusePath) {
        (_: RequestStream<EchoRequest>, _) -> PublishReply in
        throw RPCError(.failedPrecondition, "not today")
      },
    ]
  }
}
