internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC
internal import Synchronization

/// `fastshop.catalog.v1.MediaService`.
struct MediaHandlers: MediaService {
  /// Uploads at once on this server: each has a file of up to ``MediaFile/bytesMax`` bytes on the disk.
  private static let uploadsMax = 32

  let media: MediaSettings
  let uploads = OpenUploads(most: uploadsMax)

  func uploadMedia(_ requests: RequestStream<UploadMediaRequest>, _ call: Call) async throws -> UploadMediaResponse {
    var requests = requests
    guard let first = try await requests.next() else { throw MediaError.notAnImage }
    let upload = try MediaUpload(first, by: call.caller, media)
    // The messages that follow have bytes and nothing else.
    call.requestCheck = nil
    guard uploads.begin() else { throw MediaError.busy }
    defer { uploads.end() }
    return try await upload.carryOut(requests, call)
  }

  func updateMedia(_ request: UpdateMediaRequest, _ call: Call) async throws -> UpdateMediaResponse {
    let change = try MediaChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID) { work in
      let response = UpdateMediaResponse(in: work.arena)
      response.image = try await change.carryOut(in: work).changed
      return response
    }
  }

  func reorderMedia(_ request: ReorderMediaRequest, _ call: Call) async throws -> ReorderMediaResponse {
    let change = try MediaChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID) { work in
      let response = ReorderMediaResponse(in: work.arena)
      response.images = try await change.carryOut(in: work).images
      return response
    }
  }

  func deleteMedia(_ request: DeleteMediaRequest, _ call: Call) async throws -> DeleteMediaResponse {
    let change = try MediaChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID) { work in
      _ = try await change.carryOut(in: work)
      return DeleteMediaResponse(in: work.arena)
    }
  }
}

/// Counts the uploads that are under way on all loops.
final class OpenUploads: Sendable {
  private let most: Int
  private let open = Mutex(0)

  init(most: Int) { self.most = most }

  /// Whether there is room for another one, which is then under way.
  func begin() -> Bool {
    open.withLock { open in
      guard open < most else { return false }
      open += 1
      return true
    }
  }

  func end() { open.withLock { $0 -= 1 } }
}
