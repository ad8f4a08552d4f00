import CatalogAPI
import DemoShop
import EventLoop
import FastShopAPI
import InventoryAPI
import Mail
import Modules
import Platform
import PlatformTesting
import Postgres
import PostgresTesting
import Protobuf
import RPC
import Security
import SecurityAPI
import Synchronization
import Testing

@testable import Catalog
@testable import Identity
@testable import Inventory

/// Everything that needs a database runs one after another: what is timed is not disturbed, and connections suffice.
@Suite(.serialized) struct ShopTests {}

/// A database with a small demo shop in it.
struct TestShop {
  static let productsUsual = 120
  /// All nodes have the same.
  static let vault = Vault.temporary()

  let url: String

  static func make(products: Int = productsUsual, currency: String = "EUR") async throws -> TestShop {
    if products == 0 { return TestShop(url: try await TestDatabase().url) }
    return try await make(
      TestPostgres.Content("\(products) products in \(currency)") {
        try await DemoShop(products: products, currency: currency).fill($0)
      })
  }

  /// One with `content` instead of a demo shop.
  static func make(_ content: TestPostgres.Content) async throws -> TestShop {
    TestShop(url: try await TestDatabase(content).url)
  }

  /// Runs `body` on a loop with connections of its own.
  func run<R: Sendable>(_ body: @escaping @Sendable (Database) async throws -> R) async throws -> R {
    try await TestDatabase(url: url).run(body)
  }

  /// A number that the database answers with.
  func number(_ query: @escaping @Sendable () -> Query) async throws -> Int64 {
    try await run { try await $0.number(query()) }
  }

  /// Runs `body` with so many servers on the shop.
  func serve(
    nodes: Int = 1, loops: Int = 2, eventsKept: Int = InventoryModule.eventsKeptUsual,
    uploadIdleLimit: Duration = UploadStorage.idleLimit, currency: Currency = .euro, taxNumbersURL: String? = nil,
    _ body: ([TestNode]) async throws -> Void
  ) async throws {
    var running: [TestNode] = []
    do {
      for _ in 0..<nodes {
        running.append(
          try await TestNode(
            url: url, loops: loops, eventsKept: eventsKept, uploadIdleLimit: uploadIdleLimit, currency: currency,
            taxNumbersURL: taxNumbersURL))
      }
      try await body(running)
    } catch {
      for node in running { await node.stop() }
      throw error
    }
    for node in running { await node.stop() }
  }
}

/// Keeps the token of the last e-mail to each address, instead of sending the e-mail.
final class RecordingMailer: AccountMailer {
  private let tokens = Mutex<[String: String]>([:])

  func send(_ email: AccountEmail, to emailRecipient: EmailRecipient, in work: Work) async throws -> Bool {
    switch email {
    case .verifyEmail(let token), .resetPassword(let token), .invitation(let token, _, _):
      tokens.withLock { $0[emailRecipient.email] = token }
    default: break
    }
    return true
  }

  /// The token that was mailed to the address last.
  func token(for email: String) -> String? { tokens.withLock { $0[email] } }
}

/// Keeps the e-mails about stock, instead of sending them. One of a work that is rolled back stays, too.
final class RecordingStockMailer: StockMailer {
  private let sent = Mutex<[(address: String, email: StockEmail)]>([])

  func send(_ email: StockEmail, to recipient: EmailRecipient, in work: Work) async throws {
    sent.withLock { $0.append((recipient.email, email)) }
  }

  /// The e-mails to an address, in their order.
  func emails(to address: String) -> [StockEmail] {
    sent.withLock { $0.filter { $0.address == address }.map { $0.email } }
  }
}

/// One server process, as far as the shop can tell: loops, connections, a hub, a listener.
final class TestNode: Sendable {
  let group: EventLoopGroup
  let hub: EventHub
  let mailer = RecordingMailer()
  let stockMailer = RecordingStockMailer()
  private let server: RPCServer
  private let clients: EventLoopGroup
  let modules: ShopModules
  /// Its images.
  let media: TestMedia
  let channel: Channel

  init(
    url: String, loops: Int, eventsKept: Int, uploadIdleLimit: Duration, currency: Currency = .euro,
    taxNumbersURL: String? = nil
  ) async throws {
    group = EventLoopGroup(count: loops)
    var configuration = DatabaseConfiguration(url: url)
    configuration.writeConnections = 4
    try await group.connect(configuration)
    await group.use(TestShop.vault)
    media = try TestMedia(uploadIdleLimit: uploadIdleLimit)
    modules = ShopModules(
      ModuleEnvironment(
        group: group, vault: TestShop.vault, identity: Self.identitySettings, mailer: mailer,
        stockMailer: stockMailer, mailSender: try #require(MailAddress("shop@example.com")),
        mailDelivery: FolderDelivery(folder: "/nowhere", loop: group.loops[0]), media: media.settings,
        currency: currency, stockEventsKept: eventsKept, taxNumbersURL: taxNumbersURL))
    hub = EventHub(
      group: group, feeds: modules.feeds, observers: modules.observers, configuration: configuration,
      vault: TestShop.vault)
    hub.start()
    let services = StandardServices.added(
      to: modules.services(hub), files: fastshopAPIFiles, health: HealthRegistry(services: []),
      showsConnections: true)
    let policies = try PolicyTable(services: services)
    server = RPCServer(
      group: group, services: services,
      interceptors: [Authentication(policies, TestAuthenticator()), AccessControl(policies)],
      requestRules: policies.requestRules)
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    clients = EventLoopGroup(count: 1)
    channel = Channel(address, on: clients.loops[0])
  }

  var catalog: CatalogClient { CatalogClient(channel) }
  var inventory: InventoryClient { InventoryClient(channel) }
  var security: SecurityClient { SecurityClient(channel) }

  /// A provider that is known and answers nothing, and where it may send browsers back to.
  static let provider = "elsewhere"
  static let issuer = "https://127.0.0.1:9/"
  static let redirect = "https://shop.example/back"

  private static var identitySettings: IdentitySettings {
    var settings = IdentitySettings()
    settings.external.providers = [
      ProviderSettings(key: provider, displayName: "Elsewhere", issuer: issuer, clientID: "shop")
    ]
    settings.external.redirects = [redirect]
    return settings
  }

  /// Starts the modules, as a server does. Then it has keys to sign access tokens with.
  func startModules() async throws { try await modules.start() }

  func stop() async {
    await channel.close()
    await server.shutdown(grace: .milliseconds(100))
    await modules.stop(grace: .zero)
    await hub.stop()
    await group.disconnect()
    await Task.detached { [group, clients] in
      group.shutdown()
      clients.shutdown()
    }.value
  }
}

extension WorkOrigin {
  /// Somebody at the command line.
  static var test: WorkOrigin { .command("test", vault: TestShop.vault) }
}

extension CallOrigin {
  /// A call that nobody made.
  static var test: CallOrigin {
    CallOrigin(
      caller: TestCaller.admin.caller(seller: nil), method: "fastshop.inventory.v1.InventoryService/AdjustStock",
      peer: nil,
      vault: TestShop.vault)
  }
}

/// A request made and filled in one expression.
func request<M: Message>(_ type: M.Type, _ fill: (M) -> Void = { _ in }) -> M {
  let message = M(in: Arena())
  fill(message)
  return message
}

extension Message {
  func text(_ string: String) -> Text { storage.arena.text(string) }
}

/// The error that `body` ends with.
func failure(_ body: () async throws -> Void) async -> RPCError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? RPCError
  }
}

extension RPCError {
  /// The fields that a refused request's error names.
  var fields: [String] {
    details.flatMap { detail -> [String] in
      if case .badRequest(let violations) = detail { return violations.map(\.field) }
      return []
    }
  }
}
