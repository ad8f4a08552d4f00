internal import Identity
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import SellersAPI

/// `fastshop.sellers.v1.SellerService`.
struct SellerHandlers: SellerService {
  let vault: Vault
  let mailer: any AccountMailer
  let localization: Localization
  let uploads: UploadStorage

  // MARK: Applications

  func applyAsSeller(_ request: ApplyAsSellerRequest, _ call: Call) async throws -> ApplyAsSellerResponse {
    let application = try NewApplication(request, by: call.caller, in: call.arena)
    return try await call.work(request, id: application.requestID, answer: .sealed) { work in
      let response = ApplyAsSellerResponse(in: call.arena)
      response.application = try await application.submit(in: work)
      return response
    }
  }

  func getSellerApplication(
    _ request: GetSellerApplicationRequest, _ call: Call
  ) async throws -> GetSellerApplicationResponse {
    var check = RequestCheck()
    let id = check.optionalID(request.applicationID, "application_id")
    try check.verify()
    let response = GetSellerApplicationResponse(in: call.arena)
    let stored = StoredApplication(vault: vault)
    response.application = try await stored.find(
      id, of: call.caller.id, try call.database.connections, in: call.arena)
    return response
  }

  // MARK: Documents

  func uploadSellerDocument(
    _ requests: RequestStream<UploadSellerDocumentRequest>, _ call: Call
  ) async throws -> UploadSellerDocumentResponse {
    var requests = requests
    uploads.limit(&requests, of: call, within: DocumentUpload.timeLimit)
    guard let first = try await requests.next() else { throw SellersError.documentTypeUnknown }
    let upload = try DocumentUpload(first, by: call.caller, uploads, vault)
    try await upload.verifyApplication(call)
    let busy = SellersError.documentBusy(for: DocumentUpload.placeDelay)
    return try await uploads.withPlace(for: .account(upload.applicant), orElse: busy) {
      try await upload.carryOut(&requests, call)
    }
  }

  func listSellerDocuments(
    _ request: ListSellerDocumentsRequest, _ call: Call
  ) async throws -> ListSellerDocumentsResponse {
    var check = RequestCheck()
    let id = check.id(request.applicationID, "application_id")
    try check.verify()
    let response = ListSellerDocumentsResponse(in: call.arena)
    let application = try await StoredApplication(vault: vault).find(
      id, of: call.caller.id, try call.database.connections, in: call.arena)
    response.documents = application.documents
    return response
  }

  func deleteSellerDocument(
    _ request: DeleteSellerDocumentRequest, _ call: Call
  ) async throws -> DeleteSellerDocumentResponse {
    let deletion = try DocumentDeletion(request, by: call.caller)
    return try await call.work(request, id: deletion.requestID) { work in try await deletion.carryOut(in: work) }
  }

  // MARK: The shop

  func getShop(_ request: GetShopRequest, _ call: Call) async throws -> GetShopResponse {
    let key = try ShopKey(request)
    let response = GetShopResponse(in: call.arena)
    response.shop = try await call.database.first(Shop.self, key.query(for: call.caller.sellers, at: .now))
    guard let shop = response.shop else { throw SellersError.noSuchShop(key.name) }
    try await localization.localize([shop], for: call)
    return response
  }

  func listShops(_ request: ListShopsRequest, _ call: Call) async throws -> ListShopsResponse {
    let page = try await ShopList(request, at: .now, try call.tokenSigner).read(call)
    try await localization.localize(page.elements, for: call)
    let response = ListShopsResponse(in: call.arena)
    (response.shops, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func updateShop(_ request: UpdateShopRequest, _ call: Call) async throws -> UpdateShopResponse {
    let change = try ShopProfileChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID, contending: [.shop(change.seller)]) { work in
      let response = UpdateShopResponse(in: call.arena)
      response.shop = try await change.carryOut(in: work)
      return response
    }
  }

  func setHoliday(_ request: SetHolidayRequest, _ call: Call) async throws -> SetHolidayResponse {
    let change = try HolidayChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID, contending: [.shop(change.seller)]) { work in
      let response = SetHolidayResponse(in: call.arena)
      response.shop = try await change.carryOut(in: work)
      return response
    }
  }

  // MARK: The team

  func listTeam(_ request: ListTeamRequest, _ call: Call) async throws -> ListTeamResponse {
    var check = RequestCheck()
    let seller = check.id(request.sellerID, "seller_id")
    try check.verify()
    let database = try call.database.connections
    try await StoredShop.verifyExistence(of: seller, for: call.caller.sellers, database)
    let response = ListTeamResponse(in: call.arena)
    // In this order: whoever accepts an invitation meanwhile is in both lists, and not in none.
    response.invitations = try await database.all(
      TeamInvitation.self, TeamColumns.invitations(to: seller, at: .now), in: call.arena)
    response.members = try await database.all(TeamMember.self, TeamColumns.members(of: seller), in: call.arena)
    return response
  }

  func inviteTeamMember(_ request: InviteTeamMemberRequest, _ call: Call) async throws -> InviteTeamMemberResponse {
    let change = try NewTeamMember(request, by: call.caller)
    return try await call.work(
      request, id: change.requestID, answer: .sealed, contending: [.shop(change.seller)]
    ) { work in
      let response = InviteTeamMemberResponse(in: call.arena)
      response.invitation = try await change.invite(mailer, in: work)
      return response
    }
  }

  func updateTeamMember(_ request: UpdateTeamMemberRequest, _ call: Call) async throws -> UpdateTeamMemberResponse {
    let change = try TeamRoleChange(request, by: call.caller)
    return try await call.work(
      request, id: change.requestID, answer: .sealed, contending: [.shop(change.seller)]
    ) { work in
      let response = UpdateTeamMemberResponse(in: call.arena)
      response.member = try await change.carryOut(in: work)
      return response
    }
  }

  func removeTeamMember(_ request: RemoveTeamMemberRequest, _ call: Call) async throws -> RemoveTeamMemberResponse {
    let removal = try TeamRemoval(request, by: call.caller)
    return try await call.work(request, id: removal.requestID, contending: [.shop(removal.seller)]) { work in
      try await removal.carryOut(in: work)
      return RemoveTeamMemberResponse(in: call.arena)
    }
  }
}
