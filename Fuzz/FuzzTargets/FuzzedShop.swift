import Catalog
import DemoShop
import Dispatch
import EventLoop
import FastShopAPI
import Files
import Foundation
import Identity
import Inventory
import Mail
import Migrations
import Modules
import Platform
import Postgres
import PostgresTesting
import Protobuf
import RPC
import Synchronization

/// The services of the shop on a Postgres of its own, with a demo shop in it, behind a server that sockets are handed.
final class FuzzedShop: Sendable {
  private static let products = 40
  private static let loopsCount = 1
  private static let writeConnections = 4

  let server: FuzzServer
  /// The methods of the shop's own services.
  let methods: [ServiceDescriptor.Method]
  /// Those who have accounts and call: an admin, a customer.
  let people: [ID]
  let endings: FuzzEndings
  private let hub: EventHub
  private let modules: ShopModules

  private init() async throws {
    let migrations = try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) }
    var configuration = DatabaseConfiguration(url: try await TestPostgres.shared().database(migrations))
    configuration.writeConnections = Self.writeConnections
    let group = EventLoopGroup(count: Self.loopsCount)
    let people = try await onLoop(of: group, url: configuration.url) { database in
      try await DemoShop(products: Self.products).fill(database)
      return try await Self.register(database)
    }
    try await group.connect(configuration)
    let vault = Vault.temporary()
    await group.use(vault)
    guard let sender = MailAddress("shop@example.com") else { preconditionFailure("it is an address") }
    let folder = FileManager.default.temporaryDirectory.appending(path: "fuzzed-media-\(UUID().uuidString)").path
    let staging = try StagingFolder(path: folder + "/staging")
    let media = MediaSettings(
      store: try FolderStore(folder: folder + "/blobs", staging: staging), staging: staging)
    let modules = ShopModules(
      ModuleEnvironment(
        group: group, vault: vault, identity: IdentitySettings(), mailer: NoMailer(), stockMailer: NoMailer(),
        mailSender: sender, mailDelivery: FolderDelivery(folder: "/nowhere", loop: group.loops[0]), media: media))
    let hub = EventHub(
      group: group, feeds: modules.feeds, observers: modules.observers, configuration: configuration, vault: vault)
    hub.start()
    try await modules.start()
    let own = modules.services(hub)
    let services = StandardServices.added(to: own, files: fastshopAPIFiles, health: HealthRegistry(services: []))
    let policies = try PolicyTable(services: services)
    let endings = FuzzEndings()
    let server = RPCServer(
      group: group, services: services,
      interceptors: [endings, Authentication(policies, FuzzAuthenticator(people: people)), AccessControl(policies)])
    (self.hub, self.modules, self.people, self.endings) = (hub, modules, people, endings)
    self.server = FuzzServer(serving: server)
    methods = own.flatMap(\.serviceDescriptor.methods)
  }

  private static func register(_ database: Database) async throws -> [ID] {
    for email in ["admin@example.com", "customer@example.com"] {
      let account = try NewAdmin(email: email, password: "plain words do nicely", name: "Ada")
      try await account.create(database, byCommand: "fuzz", vault: nil)
    }
    try await database.execute(
      "UPDATE identity.user SET role = 'customer' WHERE email_key = \("customer@example.com")")
    let rows = try await database.rows("SELECT id::text AS id FROM identity.user ORDER BY email_key")
    return try rows.compactMap { ID(try $0.string("id")) }
  }

  /// The one of this process, made when it is first asked for.
  static let shared: FuzzedShop = {
    let made = Mutex<Result<FuzzedShop, any Error>?>(nil)
    let isReady = DispatchSemaphore(value: 0)
    // Not on the threads that tasks usually run on, which may all be waiting as this one is.
    let loops = EventLoopGroup(count: 1)
    Task(executorPreference: loops.loops[0]) {
      let result: Result<FuzzedShop, any Error>
      do { result = .success(try await FuzzedShop()) } catch { result = .failure(error) }
      made.withLock { $0 = result }
      isReady.signal()
    }
    isReady.wait()
    switch made.withLock({ $0 }) {
    case .success(let shop)?: return shop
    case .failure(let error)?: fatalError("the shop cannot be made: \(error)")
    case nil: fatalError("the shop was not made")
    }
  }()
}

/// Nobody is written to.
private struct NoMailer: AccountMailer, StockMailer {
  func send(_ email: AccountEmail, to emailRecipient: EmailRecipient, in work: Work) async throws -> Bool { true }
  func send(_ email: StockEmail, to recipient: EmailRecipient, in work: Work) async throws {}
}
