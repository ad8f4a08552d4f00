package import RPC

/// What the platform itself offers and stores: the audit log, and the responses of requests.
package struct PlatformModule: ShopModule {
  package static let sealedColumns = [StoredResponses.column]

  /// The platform on the database of whichever loop a call runs on.
  package init() {}

  package func services(_ hub: EventHub) -> [any RPCService] { [AuditHandlers()] }
}
