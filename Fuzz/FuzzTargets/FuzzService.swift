import BenchAPI
import EventLoop
import Protobuf
import RPC
import Synchronization

/// A service with a method of every kind, which notes what its handlers saw.
final class FuzzService: RPCService {
  /// What the handler of one call saw.
  struct RecordedCall: Sendable {
    var metadata = Metadata()
    /// The requests, encoded anew.
    var requests: [[UInt8]] = []
    /// The requests ended as they should.
    var endedWell = false
  }

  /// Responses that ``repeated`` sends for one request.
  private static let repetitions = 20

  let serviceDescriptor = benchServiceDescriptor
  private let last = Mutex<RecordedCall?>(nil)

  /// What the call saw whose handler ended last, once.
  func takeRecordedCall() -> RecordedCall? {
    last.withLock { sight in
      defer { sight = nil }
      return sight
    }
  }

  var methods: [Method] {
    [
      .unary("/fuzz.Fuzz/Echo", echo),
      .unary("/fuzz.Fuzz/Fail") { (_: EchoRequest, call) -> EchoReply in
        call.trailers.add("x-trailer", "of a failure")
        throw RPCError(.notFound, "naïve % text", details: [.retryInfo(delay: .seconds(1))])
      },
      .unary("/fuzz.Fuzz/Sleep") { (_: EchoRequest, call) -> EchoReply in
        try await call.loop.sleep(for: .seconds(60))
        return EchoReply(in: call.arena)
      },
      .serverStreaming("/fuzz.Fuzz/Repeat") { (request: EchoRequest, responses: ResponseStream<EchoReply>, call) in
        for _ in 0..<Self.repetitions {
          let reply = EchoReply(in: responses.arena)
          reply.payload = request.payload
          try await responses.send(reply)
        }
      },
      .clientStreaming("/fuzz.Fuzz/Collect", collect),
      .bidirectional("/fuzz.Fuzz/Chat") {
        (requests: RequestStream<EchoRequest>, responses: ResponseStream<EchoReply>, call) in
        var requests = requests
        responses.start()
        while let request = try await requests.next() {
          let reply = EchoReply(in: responses.arena)
          reply.id = request.id
          try await responses.send(reply)
        }
      },
    ]
  }

  private func echo(_ request: EchoRequest, _ call: Call) throws -> EchoReply {
    let seen = RecordedCall(metadata: call.metadata, requests: [try request.encoded()], endedWell: true)
    last.withLock { $0 = seen }
    for entry in seen.metadata.entries { call.trailers.add(entry.key, entry.value) }
    let reply = EchoReply(in: call.arena)
    reply.id = request.id
    reply.payload = request.payload
    return reply
  }

  private func collect(_ requests: RequestStream<EchoRequest>, _ call: Call) async throws -> EchoReply {
    var requests = requests
    var seen = RecordedCall()
    defer { last.withLock { [seen] in $0 = seen } }
    while let request = try await requests.next() { seen.requests.append(try request.encoded()) }
    seen.endedWell = true
    return EchoReply(in: call.arena)
  }
}
