internal import Catalog
internal import Identity
internal import Inventory
internal import Mail
package import Metrics
package import Platform
internal import Promotions
package import RPC
internal import Security
internal import Sellers
internal import Taxes

/// All modules of the shop. The program, the tests and the fuzzer have the same.
package struct ShopModules: Sendable {
  private struct Entry: Sendable {
    let type: any ShopModule.Type
    let make: @Sendable (ModuleEnvironment) -> any ShopModule

    init<Module: ShopModule>(_ make: @escaping @Sendable (ModuleEnvironment) -> Module) {
      type = Module.self
      self.make = make
    }
  }

  /// The modules in the order in which they start. A new module is one line here.
  private static let entries = [
    Entry { _ in PlatformModule() },
    Entry { CatalogModule(media: $0.media, localization: $0.localization, currency: $0.currency) },
    Entry { InventoryModule(group: $0.group, mailer: $0.stockMailer, eventsKept: $0.stockEventsKept) },
    Entry { SecurityModule(group: $0.group) },
    Entry { IdentityModule(group: $0.group, settings: $0.identity, vault: $0.vault, mailer: $0.mailer) },
    Entry {
      SellersModule(
        vault: $0.vault, mailer: $0.mailer, localization: $0.localization, uploads: $0.media.uploads)
    },
    Entry { TaxesModule(group: $0.group, numbersURL: $0.taxNumbersURL) },
    Entry { _ in PromotionsModule() },
    Entry { MailModule(sender: $0.mailSender, delivery: $0.mailDelivery) },
  ]

  /// The columns with sealed values of all modules.
  package static var sealedColumns: [SealedColumn] { entries.flatMap { $0.type.sealedColumns } }
  /// The columns of all modules that an earlier release wrote in plain text.
  package static var plaintextColumns: [PlaintextColumn] { entries.flatMap { $0.type.plaintextColumns } }

  private let all: [any ShopModule]
  /// Authenticates callers.
  package let authenticator: any Authenticator

  /// The modules of one server. They have not been started.
  package init(_ environment: ModuleEnvironment) {
    all = Self.entries.map { $0.make(environment) }
    let authenticators = all.compactMap(\.authenticator)
    precondition(authenticators.count == 1, "one module authenticates callers")
    authenticator = authenticators[0]
  }

  /// The topics that they offer to subscribers.
  package var feeds: [EventFeed] { all.flatMap(\.feeds) }
  /// Their parts that hear events.
  package var observers: [EventObserver] { all.flatMap(\.observers) }
  /// Their durable readers of the event log.
  package var consumers: [Consumer] { all.flatMap(\.consumers) }
  /// Their paths, and that of the webhooks of outside providers.
  package var routes: [HTTPRoute] { all.flatMap(\.routes) + [ProviderEvents(all.flatMap(\.providerEvents)).route] }
  /// The kinds of their jobs.
  package var jobKinds: [any JobKind] { all.flatMap(\.jobKinds) }
  /// When jobs of their kinds are enqueued.
  package var schedules: [JobSchedule] { all.flatMap(\.schedules) }
  /// What they need done again and again.
  package var chores: [Chore] { all.flatMap(\.chores) }

  /// Their services. `hub` has their feeds and observers.
  package func services(_ hub: EventHub) -> [any RPCService] { all.flatMap { $0.services(hub) } }

  /// They report their metrics to `registry` from now on.
  package func report(to registry: MetricsRegistry) {
    for module in all { module.report(to: registry) }
  }

  /// Starts them one after another.
  package func start() async throws {
    for module in all { try await module.start() }
  }

  /// The clock of the database was set.
  package func clockStepped() async {
    for module in all { await module.clockStepped() }
  }

  /// Stops them, the last one first. Each may finish within `grace` what is under way.
  package func stop(grace: Duration) async {
    for module in all.reversed() { await module.stop(grace: grace) }
  }
}
