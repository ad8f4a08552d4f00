import BenchAPI
import EventLoop
import Protobuf
import RPC
import Synchronization
import Testing

/// The memory of a stream whose pages lie in the arena of the call, like the rows of a database.
@Suite struct StreamMemoryTests {
  static let pages = 300
  static let pageBytes = 50_000
  static let path = "/test.Pages/Read"

  @Test func aStreamOfManyPagesHoldsOne() async throws {
    let pages = Pages()
    try await BenchBackend.run(services: [pages]) { backend in
      let responses: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(
        Self.path, EchoRequest.of(bytes: 0))
      var received = 0
      for try await reply in responses {
        #expect(reply.payload.count == Self.pageBytes)
        received += 1
      }
      #expect(received == Self.pages)
      #expect(pages.bytesMost.load(ordering: .relaxed) < 2 * Self.pageBytes)
      #expect(pages.kept.withLock { $0 } == "page 0", "what a view of is kept stays")
    }
  }
}

private final class Pages: RPCService {
  let bytesMost = Atomic<Int>(0)
  let kept = Mutex("")

  var serviceDescriptor: ServiceDescriptor { ServiceDescriptor(fullName: "test.Pages", file: bench_file, methods: []) }

  var methods: [Method] {
    [
      .serverStreaming(StreamMemoryTests.path) {
        (_: EchoRequest, responses: ResponseStream<EchoReply>, call) in
        let first = call.arena.text("page 0")
        for _ in 0..<StreamMemoryTests.pages {
          let page = Bytes(repeatElement(1, count: StreamMemoryTests.pageBytes), in: call.arena)
          self.bytesMost.max(call.arena.bytesUsed, ordering: .relaxed)
          let reply = EchoReply(in: responses.arena)
          reply.payload = page
          try await responses.send(reply)
        }
        self.kept.withLock { $0 = first.string }
      }
    ]
  }
}
