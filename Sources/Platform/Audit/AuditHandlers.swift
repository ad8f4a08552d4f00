internal import AuditAPI
internal import Protobuf
internal import RPC

/// `fastshop.audit.v1.AuditService`.
struct AuditHandlers: AuditService {
  func listAuditEntries(_ request: ListAuditEntriesRequest, _ call: Call) async throws -> ListAuditEntriesResponse {
    let page = try await AuditList(request, try call.tokenSigner).read(call)
    let response = ListAuditEntriesResponse(in: call.arena)
    (response.entries, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }
}
