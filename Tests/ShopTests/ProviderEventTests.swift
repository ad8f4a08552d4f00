import EventLoop
import Eventually
import HTTPClient
import Platform
import Postgres
import RPC
import Testing

extension ShopTests {
  /// The webhook of a provider, at several servers of one shop.
  @Suite struct ProviderEventTests {
    @Test func `an event has one effect, however often and wherever it arrives`() async throws {
      try await Webhooks.run(servers: 2) { webhooks async throws in
        let events = (0..<10).map { "evt_\($0)" }
        // Three times each, at both servers, in parallel and shuffled.
        let deliveries = (events + events + events).shuffled()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
          for (index, id) in deliveries.enumerated() {
            tasks.addTask { try await webhooks.post(id, to: index % 2).status }
          }
          return try await tasks.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 30))
        #expect(try await webhooks.effects() == events)
        #expect(try await webhooks.post("evt_0").text == "done before\n")
        #expect(try await webhooks.post("evt_new").text == "done\n")
      }
    }

    @Test func `copies of an event wait without a connection`() async throws {
      try await Webhooks.run { webhooks async throws in
        let (isLocked, mayEnd) = (Gate(), Gate())
        async let locking: Void = webhooks.database { database in
          try await database.transaction { transaction in
            try await transaction.execute("LOCK TABLE effect")
            isLocked.open()
            await mayEnd.wait()
          }
        }
        await isLocked.wait()
        let deliveries = (0..<8).map { _ in Task { try await webhooks.post("evt_1").text } }
        // On each loop, one has a connection.
        try await webhooks.untilWaiting(deliveries.count - Webhooks.loops)
        mayEnd.open()
        try await locking
        var answers: [String] = []
        for delivery in deliveries { answers.append(try await delivery.value) }
        #expect(answers.sorted() == ["done\n"] + Array(repeating: "done before\n", count: 7))
        #expect(try await webhooks.effects() == ["evt_1"])
      }
    }

    @Test func `events of two providers with one id have an effect each`() async throws {
      try await Webhooks.run { webhooks async throws in
        for path in ["/webhooks/acme", "/webhooks/other-acme"] {
          #expect(try await webhooks.post("evt_1", path: path).text == "done\n")
        }
        #expect(try await webhooks.effects() == ["evt_1", "evt_1"])
      }
    }

    @Test func `an event whose effect fails is not remembered, and has its effect when it comes again`() async throws {
      try await Webhooks.run { webhooks async throws in
        try await webhooks.database { _ = try await $0.execute("ALTER TABLE effect RENAME TO away") }
        #expect(try await webhooks.post("evt_1").status == 500)
        try await webhooks.database { _ = try await $0.execute("ALTER TABLE away RENAME TO effect") }
        #expect(try await webhooks.post("evt_1").text == "done\n")
        #expect(try await webhooks.effects() == ["evt_1"])
      }
    }

    @Test(
      arguments: [
        ("at another provider", "/webhooks/other", "evt_1", 0, 404), ("at no provider", "/webhooks/", "evt_1", 0, 404),
        ("that is old", "/webhooks/acme", "evt_1", -301, 401), ("from the future", "/webhooks/acme", "evt_1", 301, 401),
        ("without an id", "/webhooks/acme", "", 0, 400),
        ("with an endless id", "/webhooks/acme", String(repeating: "x", count: 201), 0, 400),
        ("with U+0000 in it", "/webhooks/acme", "a\u{0}", 0, 400),
        ("that is too large", "/webhooks/acme", String(repeating: "x", count: ProviderEvents.bodyBytesMax + 1), 0, 413),
        ("that the shop does not need to know", "/webhooks/acme", "ping", 0, 200),
      ] as [(String, String, String, Int, Int)])
    func `an event has no effect`(
      _ story: String, path: String, id: String, secondsLater: Int, status: Int
    ) async throws {
      try await Webhooks.run { webhooks async throws in
        let response = try await webhooks.post(id, path: path, signedAt: Instant.now + .seconds(secondsLater))
        #expect(response.status == status, "\(story)")
        #expect(try await webhooks.effects() == [])
      }
    }

    @Test func `an event that a stranger made up has no effect`() async throws {
      try await Webhooks.run { webhooks async throws in
        #expect(try await webhooks.post("evt_1", secret: "a guess").status == 401)
        #expect(try await webhooks.post("evt_1", secret: nil).status == 401)
        #expect(try await webhooks.effects() == [])
      }
    }

    @Test func `events are forgotten after 35 days`() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO platform.provider_event (provider, event_id, received_at)
          VALUES ('acme', 'old', now() - interval '36 days'), ('acme', 'young', now() - interval '34 days')
          """)
        for chore in PlatformModule().chores { try await chore.run(database) }
      }
      #expect(try await shop.number { "SELECT count(*) AS n FROM platform.provider_event" } == 1)
    }

    @Test func `a credential is sealed, is read by every server, and its change is audited`() async throws {
      let shop = try await TestShop.make(products: 0)
      let read = try await shop.run { database in
        for secret in ["first", "second"] {
          try await database.work(as: .call(.test)) { work in
            try await ProviderCredentials.set(secret, provider: "acme", name: "api", in: work)
          }
        }
        return try await ProviderCredentials.secret(
          provider: "acme", name: "api", vault: TestShop.vault, database)
      }
      #expect(read == "second")
      let plain: @Sendable () -> Query = {
        """
        SELECT count(*) AS n FROM platform.provider_credential
         WHERE encode(sealed, 'escape') LIKE '%second%'
        """
      }
      #expect(try await shop.number(plain) == 0)
      #expect(
        try await shop.number {
          "SELECT count(*) AS n FROM audit.entry WHERE action = 'platform.provider_credential.set'"
        } == 2)
    }
  }
}

/// A provider whose events have their id as body.
private struct AcmeReceiver: ProviderEventReceiver {
  static let secret = "known to both"
  static let field = "acme-signature"

  var provider = "acme"
  private let signature = EventSignature(secrets: [secret])

  func event(of request: HTTPRequest, at now: Instant) throws -> ProviderEvent? {
    try signature.verify(request.headers[Self.field], over: request.body, at: now)
    let id = String(decoding: request.body, as: UTF8.self)
    return id == "ping" ? nil : ProviderEvent(id: id, body: request.body)
  }

  nonisolated(nonsending) func apply(_ event: ProviderEvent, in work: Work) async throws {
    try await work.execute("INSERT INTO effect (event_id) VALUES (\(event.id))")
  }
}

/// Servers of one shop with a webhook.
private final class Webhooks: Sendable {
  static let loops = 2

  private let shop: TestShop
  private let groups: [EventLoopGroup]
  private let servers: [RPCServer]
  private let origins: [String]
  private let http: HTTPClient

  private init(servers count: Int) async throws {
    shop = try await TestShop.make(products: 0)
    _ = try await shop.run { try await $0.execute("CREATE TABLE effect (event_id text NOT NULL)") }
    var (groups, servers, origins) = ([EventLoopGroup](), [RPCServer](), [String]())
    for _ in 0..<count {
      let group = EventLoopGroup(count: Self.loops)
      try await group.connect(DatabaseConfiguration(url: shop.url))
      let events = ProviderEvents([AcmeReceiver(), AcmeReceiver(provider: "other-acme")])
      let server = RPCServer(group: group, services: [], routes: [events.route])
      origins.append("http://\(try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0))))")
      servers.append(server)
      groups.append(group)
    }
    (self.groups, self.servers, self.origins) = (groups, servers, origins)
    http = HTTPClient(on: groups[0].loops[0])
  }

  static func run(servers: Int = 1, _ body: (Webhooks) async throws -> Void) async throws {
    let webhooks = try await Webhooks(servers: servers)
    let result: Result<Void, any Error>
    do { result = .success(try await body(webhooks)) } catch { result = .failure(error) }
    await webhooks.http.close()
    for server in webhooks.servers { await server.shutdown(grace: .zero) }
    for group in webhooks.groups {
      await group.disconnect()
      await Task.detached { group.shutdown() }.value
    }
    try result.get()
  }

  func post(
    _ body: String, to server: Int = 0, path: String = "/webhooks/acme", secret: String? = AcmeReceiver.secret,
    signedAt time: Instant = .now
  ) async throws -> (status: Int, text: String) {
    var request = HTTPClientRequest("POST", origins[server] + path, body: Array(body.utf8))
    if let secret {
      request.headers = [
        HTTPField(AcmeReceiver.field, EventSignature.field(over: request.body, secret: secret, at: time))
      ]
    }
    let response = try await http.send(request)
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }

  /// Waits until so many events wait at the first server for another one with the same id.
  func untilWaiting(_ count: Int) async throws {
    try await eventually { await waiting >= count }
  }

  private var waiting: Int {
    get async {
      var waiting = 0
      for loop in groups[0].loops {
        waiting += await Task(executorPreference: loop) { loop.admission.waiting }.value
      }
      return waiting
    }
  }

  func database(_ body: @escaping @Sendable (Database) async throws -> Void) async throws {
    try await shop.run(body)
  }

  /// The ids of the events that had an effect, once for each effect.
  func effects() async throws -> [String] {
    try await shop.run { database in
      try await database.rows("SELECT event_id FROM effect ORDER BY event_id").map { try $0.string("event_id") }
    }
  }
}
