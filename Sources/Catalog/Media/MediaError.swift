internal import Files
internal import Images
internal import Logging
internal import Platform
internal import RPC

/// The reason why a change of images is refused.
enum MediaError: Error, Equatable {
  case noSuchProduct(String)
  case noSuchImage(String)
  case notAnImage
  case damaged
  case tooManyBytes
  case tooManyPixels(width: Int, height: Int, limit: Int)
  case tooMany
  case busy
  case storeUnavailable
  case orderIncomplete
  case uploadURLUnsupported
  case uploadMissing
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
    case .noSuchImage(let id): .notFound("fastshop.catalog.v1.Image", id)
    case .notAnImage: refused(.notAnImage, "Must be a JPEG, PNG or WebP.")
    case .damaged: refused(.damaged, "Must be a whole image.")
    case .tooManyBytes:
      refused(
        .tooLarge, "Must have at most \(MediaFile.bytesMax) bytes.", ["limit_bytes": "\(MediaFile.bytesMax)"])
    case .tooManyPixels(let width, let height, let limit):
      refused(
        .tooLarge, "Must have at most \(limit) pixels, and has \(width) × \(height).", ["limit_pixels": "\(limit)"])
    case .tooMany: MediaReason.tooMany.error(metadata: ["limit": "\(ProductImages.countMax)"])
    case .busy: MediaReason.busy.error()
    case .storeUnavailable: MediaReason.storeUnavailable.error()
    case .orderIncomplete: MediaReason.orderIncomplete.error()
    case .uploadURLUnsupported: MediaReason.uploadURLUnsupported.error()
    case .uploadMissing: MediaReason.uploadMissing.error()
    }
  }

  private func refused(_ reason: MediaReason, _ text: String, _ metadata: [String: String] = [:]) -> RPCError {
    reason.error(metadata: metadata, details: [.badRequest([.init(field: "chunk", description: text)])])
  }
}
