package import RPC

/// What the platform itself offers and stores: the audit log, the responses of requests, and what outside providers
/// need.
package struct PlatformModule: ShopModule {
  package static let sealedColumns = [StoredResponses.column, ProviderCredentials.column]

  /// The platform on the database of whichever loop a call runs on.
  package init() {}

  package var chores: [Chore] { Upkeep.chores + [ProviderEvents.chore] }

  package func services(_ hub: EventHub) -> [any RPCService] { [AuditHandlers()] }
}
