internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.DigitalGoodsService`.
struct DigitalGoodsHandlers: DigitalGoodsService {
  let media: MediaSettings

  func uploadDigitalFile(
    _ requests: RequestStream<UploadDigitalFileRequest>, _ call: Call
  ) async throws -> UploadDigitalFileResponse {
    var requests = requests
    media.uploads.limit(&requests, of: call)
    guard let first = try await requests.next() else { throw MediaError.empty }
    let upload = try DigitalFileUpload(first, call, media)
    let seller: ID
    do {
      seller = try await upload.verify(call)
    } catch let refusal as MediaError {
      return try await upload.firstResponse(&requests, call, orThrow: refusal)
    }
    return try await media.uploads.withPlace(for: .seller(seller), orElse: MediaError.busy) {
      try await upload.carryOut(&requests, call)
    }
  }

  func listDigitalFiles(_ request: ListDigitalFilesRequest, _ call: Call) async throws -> ListDigitalFilesResponse {
    var check = RequestCheck()
    let variant = check.id(request.variantID, "variant_id")
    try check.verify()
    _ = try await DigitalGoods.product(of: variant, call)
    let response = ListDigitalFilesResponse(in: call.arena)
    response.files = try await call.database.all(DigitalFile.self, DigitalGoods.files(of: variant))
    let count = try await call.database.rows(LicenceKeys.countQuery(of: variant)).first
    response.licenceKeyCount = try count?.int64("n") ?? 0
    return response
  }

  func deleteDigitalFile(
    _ request: DeleteDigitalFileRequest, _ call: Call
  ) async throws -> DeleteDigitalFileResponse {
    let deletion = try DigitalFileDeletion(request, by: call.caller)
    return try await call.work(request, id: deletion.requestID) { work in try await deletion.carryOut(in: work) }
  }

  func addLicenceKeys(_ request: AddLicenceKeysRequest, _ call: Call) async throws -> AddLicenceKeysResponse {
    let keys = try LicenceKeys(request, by: call.caller)
    return try await call.work(request, id: keys.requestID) { work in try await keys.carryOut(in: work) }
  }

  func withdrawLicenceKeys(
    _ request: WithdrawLicenceKeysRequest, _ call: Call
  ) async throws -> WithdrawLicenceKeysResponse {
    let withdrawal = try LicenceKeyWithdrawal(request, by: call.caller)
    return try await call.work(request, id: withdrawal.requestID) { work in
      try await withdrawal.carryOut(in: work)
    }
  }
}
