internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import SellersAPI

/// `fastshop.sellers.v1.SellerAdminService`.
struct SellerAdminHandlers: SellerAdminService {
  let vault: Vault
  let uploads: UploadStorage

  func listSellerApplications(
    _ request: ListSellerApplicationsRequest, _ call: Call
  ) async throws -> ListSellerApplicationsResponse {
    let page = try await ApplicationList(request, try call.tokenSigner).read(call)
    let response = ListSellerApplicationsResponse(in: call.arena)
    (response.applications, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func inspectSellerApplication(
    _ request: InspectSellerApplicationRequest, _ call: Call
  ) async throws -> InspectSellerApplicationResponse {
    var check = RequestCheck()
    let id = check.id(request.applicationID, "application_id")
    try check.verify()
    let response = InspectSellerApplicationResponse(in: call.arena)
    let stored = StoredApplication(vault: vault)
    response.application = try await stored.find(id, try call.database.connections, in: call.arena)
    return response
  }

  func downloadSellerDocument(
    _ request: consuming DownloadSellerDocumentRequest, _ responses: ResponseStream<DownloadSellerDocumentResponse>,
    _ call: Call
  ) async throws {
    let download = try DocumentDownload(consume request)
    try await download.carryOut(responses, uploads, call)
  }

  func approveSeller(_ request: ApproveSellerRequest, _ call: Call) async throws -> ApproveSellerResponse {
    let approval = try ApplicationApproval(request)
    return try await call.work(
      request, id: approval.requestID, answer: .sealed, contending: [.application(approval.application)]
    ) { work in
      let response = ApproveSellerResponse(in: call.arena)
      let (application, shop) = try await approval.carryOut(in: work, vault)
      (response.application, response.shop) = (application, shop)
      return response
    }
  }

  func rejectSeller(_ request: RejectSellerRequest, _ call: Call) async throws -> RejectSellerResponse {
    let rejection = try ApplicationRejection(request)
    return try await call.work(
      request, id: rejection.requestID, answer: .sealed, contending: [.application(rejection.application)]
    ) { work in
      let response = RejectSellerResponse(in: call.arena)
      response.application = try await rejection.carryOut(in: work, vault)
      return response
    }
  }

  func listSellers(_ request: ListSellersRequest, _ call: Call) async throws -> ListSellersResponse {
    let page = try await ShopList(request, at: .now, try call.tokenSigner).read(call)
    let response = ListSellersResponse(in: call.arena)
    (response.shops, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func suspendSeller(_ request: SuspendSellerRequest, _ call: Call) async throws -> SuspendSellerResponse {
    let change = try ShopStateChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID, contending: [.shop(change.seller)]) { work in
      let response = SuspendSellerResponse(in: call.arena)
      response.shop = try await change.carryOut(in: work)
      return response
    }
  }

  func reinstateSeller(_ request: ReinstateSellerRequest, _ call: Call) async throws -> ReinstateSellerResponse {
    let change = try ShopStateChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID, contending: [.shop(change.seller)]) { work in
      let response = ReinstateSellerResponse(in: call.arena)
      response.shop = try await change.carryOut(in: work)
      return response
    }
  }
}
