package import Metrics
package import RPC

/// A module of the shop: one business capability, with everything that a server, a command or a test needs of it.
///
/// The target `Modules` has the list of all modules. Each requirement has a default: a module names what it has.
package protocol ShopModule: Sendable {
  /// Its columns with sealed values.
  static var sealedColumns: [SealedColumn] { get }
  /// Its columns that an earlier release wrote in plain text.
  static var plaintextColumns: [PlaintextColumn] { get }

  /// The topics of the event log that it offers to subscribers.
  var feeds: [EventFeed] { get }
  /// Its parts that hear events of the log.
  var observers: [EventObserver] { get }
  /// Its durable readers of the event log.
  var consumers: [Consumer] { get }
  /// The paths that it serves as plain HTTP.
  var routes: [HTTPRoute] { get }
  /// What receives the events of outside providers, each of another provider than those of all modules.
  var providerEvents: [any ProviderEventReceiver] { get }
  /// Authenticates the callers of the whole shop; nil in all modules but one.
  var authenticator: (any Authenticator)? { get }
  /// The kinds of its jobs.
  var jobKinds: [any JobKind] { get }
  /// When jobs of its kinds are enqueued.
  var schedules: [JobSchedule] { get }
  /// What it needs done again and again.
  var chores: [Chore] { get }

  /// Its services. `hub` has the feeds and the observers of all modules.
  func services(_ hub: EventHub) -> [any RPCService]
  /// Reports its metrics to `registry` from now on.
  func report(to registry: MetricsRegistry)

  /// Begins what runs beside the calls. The database is connected, and the hub reads the event log.
  func start() async throws
  /// The clock of the database was set.
  func clockStepped() async
  /// Ends what ``start()`` began. What is under way may finish within `grace`.
  func stop(grace: Duration) async
}

extension ShopModule {
  /// None.
  package static var sealedColumns: [SealedColumn] { [] }
  /// None.
  package static var plaintextColumns: [PlaintextColumn] { [] }
  /// None.
  package var feeds: [EventFeed] { [] }
  /// None.
  package var observers: [EventObserver] { [] }
  /// None.
  package var consumers: [Consumer] { [] }
  /// None.
  package var routes: [HTTPRoute] { [] }
  /// None.
  package var providerEvents: [any ProviderEventReceiver] { [] }
  /// Does not authenticate.
  package var authenticator: (any Authenticator)? { nil }
  /// None.
  package var jobKinds: [any JobKind] { [] }
  /// None.
  package var schedules: [JobSchedule] { [] }
  /// None.
  package var chores: [Chore] { [] }
  /// None.
  package func services(_ hub: EventHub) -> [any RPCService] { [] }
  /// Reports nothing.
  package func report(to registry: MetricsRegistry) {}
  /// Begins nothing.
  package func start() async throws {}
  /// Does nothing.
  package func clockStepped() async {}
  /// Has nothing to end.
  package func stop(grace: Duration) async {}
}
