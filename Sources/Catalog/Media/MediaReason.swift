package import RPC

/// The reasons of errors about images.
package enum MediaReason: String, ErrorReason {
  case notAnImage = "MEDIA_NOT_AN_IMAGE"
  case damaged = "MEDIA_DAMAGED"
  case tooLarge = "MEDIA_TOO_LARGE"
  case tooMany = "MEDIA_TOO_MANY"
  case busy = "MEDIA_BUSY"
  case storeUnavailable = "MEDIA_STORE_UNAVAILABLE"
  case orderIncomplete = "MEDIA_ORDER_INCOMPLETE"
  case uploadURLUnsupported = "MEDIA_UPLOAD_URL_UNSUPPORTED"
  case uploadMissing = "MEDIA_UPLOAD_MISSING"

  package var definition: ErrorDefinition {
    switch self {
    case .notAnImage: .init(.invalidArgument, "the content is no JPEG, PNG or WebP")
    case .damaged: .init(.invalidArgument, "the image is cut or damaged")
    case .tooLarge:
      .init(
        .invalidArgument,
        "the image has more bytes than `metadata.limit_bytes`, or more pixels than `metadata.limit_pixels`")
    case .tooMany: .init(.failedPrecondition, "the product has `metadata.limit` images already")
    case .busy: .init(.unavailable, "too many uploads are in progress, of the seller or of all; try again later")
    case .storeUnavailable: .init(.unavailable, "the store of images cannot be used at this moment")
    case .orderIncomplete: .init(.failedPrecondition, "the order must name every image of the product once")
    case .uploadURLUnsupported:
      .init(.failedPrecondition, "images are in a folder, which takes no uploads past the server; use UploadMedia")
    case .uploadMissing:
      .init(.failedPrecondition, "nothing was sent to the URL of the token, or it was used or removed already")
    }
  }
}
