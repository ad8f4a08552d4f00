internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.MediaService`.
struct MediaHandlers: MediaService {
  let media: MediaSettings

  func uploadMedia(_ requests: RequestStream<UploadMediaRequest>, _ call: Call) async throws -> UploadMediaResponse {
    var requests = requests
    media.uploads.limit(&requests, of: call)
    guard let first = try await requests.next() else { throw MediaError.notAnImage }
    let upload = try MediaUpload(first, call, media)
    let seller: ID
    do {
      seller = try await ProductImages.verify(upload.product, call)
    } catch let refusal as MediaError {
      return try await upload.firstResponse(&requests, call, orThrow: refusal)
    }
    return try await media.uploads.withPlace(for: .seller(seller), orElse: MediaError.busy) {
      try await upload.carryOut(&requests, call)
    }
  }

  func updateMedia(_ request: UpdateMediaRequest, _ call: Call) async throws -> UpdateMediaResponse {
    let change = try AltChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID) { work in try await change.carryOut(in: work) }
  }

  func reorderMedia(_ request: ReorderMediaRequest, _ call: Call) async throws -> ReorderMediaResponse {
    let order = try ImageOrder(request, by: call.caller)
    return try await call.work(request, id: order.requestID) { work in try await order.carryOut(in: work) }
  }

  func deleteMedia(_ request: DeleteMediaRequest, _ call: Call) async throws -> DeleteMediaResponse {
    let deletion = try ImageDeletion(request, by: call.caller)
    return try await call.work(request, id: deletion.requestID) { work in try await deletion.carryOut(in: work) }
  }

  func updateAttachment(_ request: UpdateAttachmentRequest, _ call: Call) async throws -> UpdateAttachmentResponse {
    let change = try TitleChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID) { work in try await change.carryOut(in: work) }
  }

  func reorderAttachments(
    _ request: ReorderAttachmentsRequest, _ call: Call
  ) async throws -> ReorderAttachmentsResponse {
    let order = try AttachmentOrder(request, by: call.caller)
    return try await call.work(request, id: order.requestID) { work in try await order.carryOut(in: work) }
  }

  func deleteAttachment(_ request: DeleteAttachmentRequest, _ call: Call) async throws -> DeleteAttachmentResponse {
    let deletion = try AttachmentDeletion(request, by: call.caller)
    return try await call.work(request, id: deletion.requestID) { work in try await deletion.carryOut(in: work) }
  }

  func getMediaUploadURL(
    _ request: GetMediaUploadURLRequest, _ call: Call
  ) async throws -> GetMediaUploadURLResponse {
    try await PendingUpload.begin(request, call, media)
  }
}
