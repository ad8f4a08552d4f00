internal import AuditAPI
internal import Protobuf
package import RPC

/// The audit log: who did what.
package struct AuditModule {
  /// The module's only service.
  package let service: any RPCService = AuditHandlers()

  /// The audit log in the database of whichever loop a call runs on.
  package init() {}
}

/// `fastshop.audit.v1.AuditService`.
struct AuditHandlers: AuditService {
  func listAuditEntries(_ request: ListAuditEntriesRequest, _ call: Call) async throws -> ListAuditEntriesResponse {
    let page = try await AuditList(request, try call.tokenSigner).read(call)
    let response = ListAuditEntriesResponse(in: call.arena)
    (response.entries, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }
}
