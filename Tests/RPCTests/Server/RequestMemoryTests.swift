import BenchAPI
import EventLoop
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// What requests may be, and what the server holds for them: by method, by address, and in all.
@Suite struct RequestMemoryTests {
  private static let echoPath = "/bench.v1.Bench/Echo"
  private static let large = 60_000

  @Test(
    "a caller with little comes before one with much",
    arguments: [
      // An address, and all, hold so many bytes of 1,000 and 8,000: is that allowed?
      (1, 1, true), (1_000, 1_000, true), (1_001, 1_001, false), (1_000, 4_000, true), (125, 4_001, true),
      (126, 4_001, false), (125, 8_000, true), (1, 8_001, false), (0, 8_000, true), (0, 8_001, false),
    ])
  func bounds(address: Int, all: Int, isAllowed: Bool) {
    #expect(
      RequestMemoryBounds(addressBytesMax: 1_000, allBytesMax: 8_000).allow(address: address, all: all) == isAllowed)
  }

  @Test func anAddressHasAQuarterOfAllAtMost() {
    #expect(RequestMemoryBounds(addressBytesMax: 1_000, allBytesMax: 2_000).addressBytesMax == 500)
  }

  @Test func whatIsHeldIsLetGo() {
    let total = HeldBytes(RequestMemoryBounds(addressBytesMax: 1_000, allBytesMax: 8_000))
    let memory = RequestMemory(of: PeerUsage(key: 1), in: total)
    let shared = RequestMemory(of: PeerUsage(key: nil), in: total)
    #expect(memory.hold(900) && !memory.hold(101) && memory.hold(100))
    #expect(shared.hold(3_000), "a proxy carries the calls of many")
    #expect(!shared.hold(4_001), "and what all may hold bounds it too")
    memory.release(1_000)
    shared.release(3_000)
    #expect(total.bytes.load(ordering: .relaxed) == 0)
  }

  @Test func aProcessHasSomeMemory() {
    #expect(ProcessMemory.bytes > 1 << 20)
    #expect(ProcessMemory.residentBytes > 1 << 20)
    #expect(ProcessMemory.share(eighths: 1, bytesMax: 1_000) == 1_000)
  }

  // MARK: A method's limit

  private static func limited(_ bytes: Int) -> [String: RequestRules] { [echoPath: RequestRules(bytesMax: bytes)] }

  @Test func aMethodHasALimitOfItsOwn() async throws {
    try await BenchBackend.run(requestRules: Self.limited(1_000)) { backend in
      // id: 2 + 1 bytes, payload: 3 + 994 bytes.
      _ = try await backend.echo("i", bytes: 994)
      let error = await expect(.resourceExhausted) { _ = try await backend.echo("i", bytes: 995) }
      #expect(error?.reason == "REQUEST_TOO_LARGE")
      #expect(error?.message.contains("1000") == true)
      let request = PublishRequest(in: Arena())
      request.count = 0
      _ = try await backend.client.publish(request)
    }
  }

  /// Counted is what comes out; and the rest of it is not even unpacked.
  @Test(arguments: [Compression.gzip, .deflate])
  func theLimitCountsWhatIsInflated(how: Compression) async throws {
    try await BenchBackend.run(requestRules: Self.limited(1_000)) { backend in
      var options = CallOptions()
      options.compression = how
      _ = try await backend.echo("i", bytes: 994, options: options)
      for bytes in [995, 1_000_000] {
        let error = await expect(.resourceExhausted) { _ = try await backend.echo("i", bytes: bytes, options: options) }
        #expect(error?.reason == "REQUEST_TOO_LARGE")
      }
    }
  }

  // MARK: What an address holds

  private static var narrow: RPCLimits {
    var limits = RPCLimits()
    limits.heldRequestBytesPerAddressMax = 4 * large
    limits.heldRequestBytesInAllMax = 32 * large
    return limits
  }

  @Test func whatIsBeyondIsRefusedAndWhatIsSmallIsServed() async throws {
    try await BenchBackend.run(limits: Self.narrow) { backend in
      var asleep: [Task<String, any Error>] = []
      var refusal: RPCError?
      for number in 1...8 where refusal == nil {
        let task = Task { try await backend.echo("sleep", bytes: Self.large).id.string }
        let isOver = Atomic<Bool>(false)
        let watching = Task {
          defer { isOver.store(true, ordering: .relaxed) }
          _ = try await task.value
        }
        try await eventually {
          backend.service.started.load(ordering: .relaxed) == number || isOver.load(ordering: .relaxed)
        }
        if isOver.load(ordering: .relaxed) {
          refusal = await expect(.resourceExhausted) { try await watching.value }
        } else {
          asleep.append(task)
        }
      }
      #expect(refusal?.reason == "REQUEST_MEMORY_EXHAUSTED")
      #expect(asleep.count >= 2)
      #expect(try await backend.echo("small", bytes: 1_500).id == "small")
      for task in asleep { task.cancel() }
      try await eventually { backend.server.heldRequestBytes == 0 }
      #expect(try await backend.echo("large again", bytes: Self.large).payload.count == Self.large)
    }
  }

  // MARK: Streams

  /// The handler has read its request when its stream begins: nothing of it is held while the stream lasts.
  @Test func aStreamOfResponsesLetsItsRequestGo() async throws {
    try await BenchBackend.run(services: [Endless()]) { backend in
      let request = EchoRequest(in: Arena())
      request.payload = Bytes(repeatElement(7, count: Self.large), in: request.storage.arena)
      var streams: [ClientResponseStream<EchoReply>] = []
      for _ in 0..<20 {
        let stream: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(Endless.path, request)
        var replies = stream.makeAsyncIterator()
        #expect(try await replies.next()?.id == "60000")
        streams.append(stream)
      }
      #expect(backend.server.callsInFlight == 20)
      try await eventually { backend.server.heldRequestBytes == 0 }
      #expect(backend.server.callsInFlight == 20)
      for stream in streams { stream.cancel() }
    }
  }

  /// What a handler holds for its caller is counted as long as it does.
  @Test func whatAHandlerHoldsIsCounted() async throws {
    try await BenchBackend.run(limits: Self.narrow, services: [Endless()]) { backend in
      let request = EchoRequest(in: Arena())
      request.id = request.storage.arena.text("hold")
      var streams: [ClientResponseStream<EchoReply>] = []
      for _ in 0..<4 {
        let stream: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(Endless.path, request)
        var replies = stream.makeAsyncIterator()
        _ = try await replies.next()
        streams.append(stream)
      }
      #expect(backend.server.heldRequestBytes == 4 * Self.large)
      let error = await expect(.resourceExhausted) {
        let stream: ClientResponseStream<EchoReply> = try await backend.channel.serverStreaming(Endless.path, request)
        var replies = stream.makeAsyncIterator()
        _ = try await replies.next()
      }
      #expect(error?.reason == "REQUEST_MEMORY_EXHAUSTED")
      for stream in streams { stream.cancel() }
      try await eventually { backend.server.heldRequestBytes == 0 }
    }
  }

  /// A stream both ways answers before it has read everything: what waits to be read is held, and counted,.
  @Test func whatIsNotReadYetStaysCounted() async throws {
    try await BenchBackend.run(services: [EarlyAnswer()]) { backend in
      let call: BidirectionalCall<EchoRequest, EchoReply> = try await backend.channel.bidirectional(EarlyAnswer.path)
      for _ in 0..<EarlyAnswer.requests { try await call.send(EchoRequest.of(bytes: EarlyAnswer.bytes)) }
      var replies = call.responses.makeAsyncIterator()
      #expect(try await replies.next() != nil)
      let held = try #require(try await replies.next()?.id.string).split(separator: " ").compactMap { Int($0) }
      #expect(held.count == 2 && held.allSatisfy { $0 >= (EarlyAnswer.requests - 1) * EarlyAnswer.bytes }, "\(held)")
      call.cancel()
      try await eventually { backend.server.heldRequestBytes == 0 }
    }
  }
}

/// A service that answers one request of several while the others wait, with the bytes that are counted before and
/// after.
private struct EarlyAnswer: RPCService {
  static let path = "/test.Early/Answer"
  static let requests = 8
  static let bytes = 4_000

  var serviceDescriptor: ServiceDescriptor {
    ServiceDescriptor(fullName: "test.Early", file: bench_file, methods: [])
  }

  var methods: [Method] {
    [
      .bidirectional(Self.path) {
        (requests: RequestStream<EchoRequest>, responses: ResponseStream<EchoReply>, call: Call) in
        var requests = requests
        _ = try await requests.next()
        while call.incoming.count < (Self.requests - 1) * Self.bytes {
          try await call.loop.sleep(for: .milliseconds(1))
        }
        let before = call.server.heldRequestBytes
        try await responses.send(EchoReply(in: responses.arena))
        let reply = EchoReply(in: responses.arena)
        reply.id = reply.storage.arena.text("\(before) \(call.server.heldRequestBytes)")
        try await responses.send(reply)
        try await call.loop.sleep(for: .seconds(600))
      }
    ]
  }
}

/// A service whose stream says how long its request is, and then nothing until its caller is gone.
private struct Endless: RPCService {
  static let path = "/test.Endless/Watch"

  var serviceDescriptor: ServiceDescriptor {
    ServiceDescriptor(fullName: "test.Endless", file: bench_file, methods: [])
  }

  var methods: [Method] {
    [
      Method(path: Self.path, kind: .serverStreaming) { call in
        try await watch(call.onlyRequest(), ResponseStream(call), call)
      }
    ]
  }

  private func watch(
    _ request: consuming EchoRequest, _ responses: ResponseStream<EchoReply>, _ call: Call
  ) async throws {
    let count = request.payload.count
    if request.id == "hold" { try call.countMemory(60_000) }
    _ = consume request
    let reply = EchoReply(in: responses.arena)
    reply.id = reply.storage.arena.text("\(count)")
    try await responses.send(reply)
    try await call.loop.sleep(for: .seconds(600))
  }
}
