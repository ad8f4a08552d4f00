package import RPC

/// The reasons of errors about images, attachments and digital goods.
package enum MediaReason: String, ErrorReason {
  case notAnImage = "MEDIA_NOT_AN_IMAGE"
  case notAVideo = "MEDIA_NOT_A_VIDEO"
  case notADocument = "MEDIA_NOT_A_DOCUMENT"
  case empty = "MEDIA_EMPTY"
  case damaged = "MEDIA_DAMAGED"
  case tooLarge = "MEDIA_TOO_LARGE"
  case tooMany = "MEDIA_TOO_MANY"
  case busy = "MEDIA_BUSY"
  case storeUnavailable = "MEDIA_STORE_UNAVAILABLE"
  case orderIncomplete = "MEDIA_ORDER_INCOMPLETE"
  case uploadURLUnsupported = "MEDIA_UPLOAD_URL_UNSUPPORTED"
  case uploadMissing = "MEDIA_UPLOAD_MISSING"
  case licenceKeyExists = "LICENCE_KEY_EXISTS"
  case licenceKeysTooMany = "LICENCE_KEYS_TOO_MANY"

  package var definition: ErrorDefinition {
    switch self {
    case .notAnImage:
      .init(.invalidArgument, "the content is no JPEG, PNG or WebP: set `kind` for a video or a document")
    case .notAVideo: .init(.invalidArgument, "the content is no MP4 or WebM")
    case .notADocument: .init(.invalidArgument, "the content is no PDF")
    case .empty: .init(.invalidArgument, "the file has no bytes")
    case .damaged: .init(.invalidArgument, "the file is cut or damaged")
    case .tooLarge:
      .init(
        .invalidArgument,
        "the file has more bytes than `metadata.limit_bytes`, or the image more pixels than `metadata.limit_pixels`")
    case .tooMany:
      .init(.failedPrecondition, "the product or variant has `metadata.limit` files of this kind already")
    case .busy: .init(.unavailable, "too many uploads are in progress, of the seller or of all; try again later")
    case .storeUnavailable: .init(.unavailable, "the store of images cannot be used at this moment")
    case .orderIncomplete:
      .init(.failedPrecondition, "the order must name every image, or every attachment, of the product once")
    case .uploadURLUnsupported:
      .init(.failedPrecondition, "images are in a folder, which takes no uploads past the server; use UploadMedia")
    case .uploadMissing:
      .init(.failedPrecondition, "nothing was sent to the URL of the token, or it was used or removed already")
    case .licenceKeyExists:
      .init(
        .alreadyExists,
        "the variant has a licence key already, or had it: that at the position `metadata.index`, counted from 0")
    case .licenceKeysTooMany: .init(.failedPrecondition, "the variant would have more than `metadata.limit` keys")
    }
  }
}
