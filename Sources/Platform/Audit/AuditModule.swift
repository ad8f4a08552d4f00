internal import FastShopAPI
package import RPC

/// Who did what, for those who may know.
package struct AuditModule {
  /// The room's only service.
  package let service: any RPCService = AuditHandlers()

  /// The audit log in the database of whichever loop a call runs on.
  package init() {}
}

/// `fastshop.audit.v1.AuditService`.
struct AuditHandlers: AuditService {
  func listAuditEntries(_ request: ListAuditEntriesRequest, _ call: Call) async throws -> ListAuditEntriesResponse {
    let list = try AuditList(request, try call.tokenSigner)
    return list.response(of: try await call.database.all(AuditEntry.self, list.query), in: call.arena)
  }
}
