internal import AuditAPI
internal import RPC

/// `fastshop.audit.v1.AuditService`.
struct AuditHandlers: AuditService {
  func listAuditEntries(_ request: ListAuditEntriesRequest, _ call: Call) async throws -> ListAuditEntriesResponse {
    let list = try AuditList(request, try call.tokenSigner)
    return list.response(of: try await call.database.all(AuditEntry.self, list.query), in: call.arena)
  }
}
