internal import Files
internal import Images
internal import Logging
internal import Platform
internal import RPC

/// The reason why a change of images, attachments or digital goods is refused.
enum MediaError: Error, Equatable {
  case noSuchProduct(String)
  case noSuchVariant(String)
  case noSuchImage(String)
  case noSuchAttachment(String)
  case noSuchDigitalFile(String)
  case notAnImage
  case notAVideo
  case notADocument
  case empty
  case damaged
  case tooManyBytes(limit: Int)
  case tooManyPixels(width: Int, height: Int, limit: Int)
  case tooMany(limit: Int)
  case busy
  case storeUnavailable
  case orderIncomplete
  case uploadURLUnsupported
  case uploadMissing
  /// The variant has, or had, the key at this position of the request.
  case licenceKeyExists(index: Int)
  case licenceKeysTooMany
}

extension MediaError {
  /// The error for the caller whose image failed with this one.
  static func of(_ error: ImageError) -> any Error {
    switch error {
    case .notAnImage: MediaError.notAnImage
    case .damaged: MediaError.damaged
    case .tooManyPixels(let width, let height, let limit):
      MediaError.tooManyPixels(width: width, height: height, limit: limit)
    case .unavailable: MediaError.busy
    case .cancelled: CancellationError()
    }
  }

  /// Runs `body`, whose failures are the store's.
  static func ofStore<R>(_ body: () async throws(BlobError) -> R) async throws -> R {
    do throws(BlobError) {
      return try await body()
    } catch {
      Logger(label: "fastshop.media").warning("the store of images failed", metadata: ["reason": "\(error)"])
      throw MediaError.storeUnavailable
    }
  }
}

extension MediaError: RPCErrorConvertible {
  var rpcError: RPCError {
    switch self {
    case .noSuchProduct(let id): .notFound("fastshop.catalog.v1.Product", id)
    case .noSuchVariant(let id): .notFound("fastshop.catalog.v1.Variant", id)
    case .noSuchImage(let id): .notFound("fastshop.catalog.v1.Image", id)
    case .noSuchAttachment(let id): .notFound("fastshop.catalog.v1.Attachment", id)
    case .noSuchDigitalFile(let id): .notFound("fastshop.catalog.v1.DigitalFile", id)
    case .notAnImage: refused(.notAnImage, "Must be a JPEG, PNG or WebP; `kind` must be set for a video or a document.")
    case .notAVideo: refused(.notAVideo, "Must be an MP4 or WebM.")
    case .notADocument: refused(.notADocument, "Must be a PDF.")
    case .empty: refused(.empty, "Must have at least one byte.")
    case .damaged: refused(.damaged, "Must be whole.")
    case .tooManyBytes(let limit):
      refused(.tooLarge, "Must have at most \(limit) bytes.", ["limit_bytes": "\(limit)"])
    case .tooManyPixels(let width, let height, let limit):
      refused(
        .tooLarge, "Must have at most \(limit) pixels, and has \(width) × \(height).", ["limit_pixels": "\(limit)"])
    case .tooMany(let limit): MediaReason.tooMany.error(metadata: ["limit": "\(limit)"])
    case .busy: MediaReason.busy.error()
    case .storeUnavailable: MediaReason.storeUnavailable.error()
    case .orderIncomplete: MediaReason.orderIncomplete.error()
    case .uploadURLUnsupported: MediaReason.uploadURLUnsupported.error()
    case .uploadMissing: MediaReason.uploadMissing.error()
    case .licenceKeyExists(let index): MediaReason.licenceKeyExists.error(metadata: ["index": "\(index)"])
    case .licenceKeysTooMany:
      MediaReason.licenceKeysTooMany.error(metadata: ["limit": "\(LicenceKeys.countMax)"])
    }
  }

  private func refused(_ reason: MediaReason, _ text: String, _ metadata: [String: String] = [:]) -> RPCError {
    reason.error(metadata: metadata, details: [.badRequest([.init(field: "chunk", description: text)])])
  }
}
