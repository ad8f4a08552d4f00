import EventLoop
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Synchronization
import Testing

/// A service whose only change is made by a transaction of several statements, as most of the shop's are.
final class CountingService: RPCService {
  /// Fails, waits, or answers with more, as a test wishes.
  struct Wish: Sendable {
    var failures = 0
    var keepsFailures = false
    var pauseMs = 0
    /// It waits until this is opened.
    var gate: Gate?
    var answer = ResponseStorage.open
  }

  private let wish: Wish
  let runs = Atomic<Int>(0)

  init(_ wish: Wish) { self.wish = wish }

  /// One of the inventory's methods alone: those that it gets later need no implementation here.
  var methods: [RPC.Method] {
    [.unary("/fastshop.inventory.v1.InventoryService/AdjustStock") { try await self.adjustStock($0, $1) }]
  }

  var serviceDescriptor: ServiceDescriptor { inventoryServiceDescriptor }

  private func adjustStock(_ request: AdjustStockRequest, _ call: Call) async throws -> AdjustStockResponse {
    var check = RequestCheck()
    let id = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: id, answer: wish.answer) { work in
      try await work.execute(
        "INSERT INTO inventory.counted (request_id, delta) VALUES (\(id), \(request.delta))")
      // The first statement fails where another node carries the request out: until then nothing has happened.
      let run = runs.add(1, ordering: .relaxed).newValue
      await wish.gate?.wait()
      if wish.pauseMs > 0 { try await call.loop.sleep(for: .milliseconds(wish.pauseMs)) }
      let error = RPCError(.failedPrecondition, "not this time")
      if run <= wish.failures { throw wish.keepsFailures ? CommittedRefusal(error) : error }
      let response = AdjustStockResponse(in: call.arena)
      response.movementID = response.storage.arena.text("the answer of run \(run)")
      return response
    }
  }
}

/// A server with it.
final class CountingNode: Sendable {
  let service: CountingService
  private let group = EventLoopGroup(count: 2)
  private let clients = EventLoopGroup(count: 1)
  private let server: RPCServer
  let client: InventoryClient

  init(_ shop: TestShop, lockTimeout: Duration = .seconds(5), _ wish: CountingService.Wish = .init()) async throws {
    service = CountingService(wish)
    var configuration = DatabaseConfiguration(url: shop.url)
    configuration.lockTimeout = lockTimeout
    try await group.connect(configuration)
    await group.use(TestShop.vault)
    server = RPCServer(group: group, services: [service])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    client = InventoryClient(Channel(address, on: clients.loops[0]))
  }

  func adjust(_ delta: Int64, id: String) async throws -> String {
    try await client.adjustStock(
      request(AdjustStockRequest.self) {
        $0.delta = delta
        $0.requestID = $0.text(id)
      }
    ).movementID.string
  }

  func stop() async {
    await client.channel.close()
    await server.shutdown(grace: .milliseconds(100))
    await group.disconnect()
    await Task.detached { [group, clients] in
      group.shutdown()
      clients.shutdown()
    }.value
  }
}

extension ShopTests {
  @Suite struct IdempotencyTests {
    private static func shop() async throws -> TestShop {
      let shop = try await TestShop.make(products: 0)
      try await shop.run {
        _ = try await $0.execute("CREATE TABLE inventory.counted (request_id uuid NOT NULL, delta bigint NOT NULL)")
      }
      return shop
    }

    private static func counted(_ shop: TestShop) async throws -> Int64 {
      try await shop.number { "SELECT count(*) AS n FROM inventory.counted" }
    }

    @Test(arguments: [ResponseStorage.open, .sealed])
    func theFirstAnswerComesAgainFromWhateverServer(_ answer: ResponseStorage) async throws {
      let shop = try await Self.shop()
      let nodes = [
        try await CountingNode(shop, .init(answer: answer)), try await CountingNode(shop, .init(answer: answer)),
      ]
      let id = TestID.next()
      let first = try await nodes[0].adjust(1, id: id)
      for node in nodes { #expect(try await node.adjust(1, id: id) == first) }
      #expect(try await Self.counted(shop) == 1)
      let other = await failure { _ = try await nodes[1].adjust(2, id: id) }
      #expect(other?.code == .failedPrecondition)
      let plain = try await shop.number {
        "SELECT count(*) AS n FROM platform.request WHERE response::text LIKE '%the answer%'"
      }
      #expect(plain == (answer == .open ? 1 : 0))
      for node in nodes { await node.stop() }
    }

    @Test func whatFailedIsDoneWhenItIsSentAgain() async throws {
      let shop = try await Self.shop()
      let node = try await CountingNode(shop, .init(failures: 1))
      let id = TestID.next()
      #expect(await failure { _ = try await node.adjust(1, id: id) }?.code == .failedPrecondition)
      #expect(try await Self.counted(shop) == 0)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.request" } == 0)
      #expect(try await node.adjust(1, id: id) == "the answer of run 2")
      #expect(try await Self.counted(shop) == 1)
      await node.stop()
    }

    @Test func aRefusalThatIsKeptKeepsWhatWasWrittenButIsNotRemembered() async throws {
      let shop = try await Self.shop()
      let node = try await CountingNode(shop, .init(failures: 1, keepsFailures: true))
      let id = TestID.next()
      let refusal = await failure { _ = try await node.adjust(1, id: id) }
      #expect(refusal?.code == .failedPrecondition && refusal?.message == "not this time")
      #expect(try await Self.counted(shop) == 1)
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.request" } == 0)
      #expect(try await node.adjust(1, id: id) == "the answer of run 2")
      #expect(try await Self.counted(shop) == 2)
      await node.stop()
    }

    @Test func manyAtOnceAreOneAndHaveItsAnswer() async throws {
      let shop = try await Self.shop()
      let nodes = [
        try await CountingNode(shop, .init(pauseMs: 100)), try await CountingNode(shop, .init(pauseMs: 100)),
      ]
      let id = TestID.next()
      let answers = try await InventoryTests.atOnce(12) { try await nodes[$0 % 2].adjust(1, id: id) }
      #expect(Set(answers).count == 1)
      #expect(try await Self.counted(shop) == 1)
      let runs = nodes.map { $0.service.runs.load(ordering: .relaxed) }.reduce(0, +)
      #expect(runs == 1)
      for node in nodes { await node.stop() }
    }

    @Test func whoWaitsTooLongIsToldToComeAgain() async throws {
      let shop = try await Self.shop()
      let gate = Gate()
      let slow = try await CountingNode(shop, .init(gate: gate))
      let impatient = try await CountingNode(shop, lockTimeout: .milliseconds(100))
      let id = TestID.next()
      async let first = slow.adjust(1, id: id)
      while slow.service.runs.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(5)) }
      let error = await failure { _ = try await impatient.adjust(1, id: id) }
      #expect(error?.code == .aborted)
      #expect(error?.details.contains { if case .retryInfo = $0 { true } else { false } } == true)
      gate.open()
      let answer = try await first
      #expect(try await impatient.adjust(1, id: id) == answer)
      #expect(try await Self.counted(shop) == 1)
      for node in [slow, impatient] { await node.stop() }
    }

    @Test func anIDIsItsCallersAndItsMethodsOwn() throws {
      let id = try #require(ID(TestID.next()))
      func origin(_ caller: Caller, _ method: String) -> CallOrigin {
        CallOrigin(caller: caller, method: method, peer: nil, vault: TestShop.vault)
      }
      let ann = Caller(kind: .user, id: ID(TestID.next()))
      let bob = Caller(kind: .user, id: ID(TestID.next()))
      let key = Caller(kind: .service, id: ann.id)
      let names = [ann, bob, key, .anonymous].map(\.requestNamespace)
      #expect(Set(names).count == 4 && names[3].isEmpty && names[0].hasPrefix("user:"))
      for caller in [ann, bob] {
        #expect(throws: Never.self) {
          try IdempotencyKey(id: id, request: request(AdjustStockRequest.self), from: origin(caller, "a.B/C"))
        }
      }
    }
  }
}
