internal import CatalogAPI

/// What an uploaded file is to the shop, as in `catalog.media_file.kind`.
enum MediaFileKind: String, Sendable {
  case image, video, document
  case digitalFile = "digital_file"

  /// Nil for a kind that this program does not know.
  init?(_ kind: MediaKind) {
    switch kind {
    case .unspecified, .image: self = .image
    case .video: self = .video
    case .document: self = .document
    case .digitalFile: self = .digitalFile
    case .unrecognized: return nil
    }
  }

  private static let mebibyte = 1024 * 1024

  /// The maximum size of a file in bytes. Each upload at a time has as much of it on the disk.
  var bytesMax: Int {
    switch self {
    case .image: 100 * Self.mebibyte
    case .video: 200 * Self.mebibyte
    case .document: 50 * Self.mebibyte
    case .digitalFile: 250 * Self.mebibyte
    }
  }
}
