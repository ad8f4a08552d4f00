internal import Files
internal import Images

/// An uploaded file and its renditions, by the SHA-256 of the file: their keys in the store and their paths at the
/// server.
struct MediaFile: Hashable, Sendable {
  /// The maximum size of a file in bytes.
  static let bytesMax = 100 * 1024 * 1024
  /// From the largest to the smallest.
  static let sizes = [
    RenditionSize("large", sideMax: 2_048), RenditionSize("medium", sideMax: 960), RenditionSize("small", sideMax: 480),
    RenditionSize("thumb", sideMax: 160),
  ]
  static let types: [ImageType] = [.webp, .jpeg]
  /// The rendition that the address of an image names. It is made before the image is added to its product; the others
  /// follow.
  static let first = "large.jpg"
  /// All renditions: `large.webp` …
  static let renditions = sizes.flatMap { size in types.map { type in name(size, type) } }

  /// 64 hexadecimal digits.
  let digits: String

  /// The file with that hash.
  init(hash: [UInt8]) { digits = Hexadecimal.text(hash) }

  /// Nil for a text that is no hash.
  init?(digits: String) {
    guard digits.utf8.count == 64 else { return nil }
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
    self.digits = digits
  }

  static func name(_ size: RenditionSize, _ type: ImageType) -> String { "\(size.name).\(type.fileExtension)" }

  /// The key of the file itself, which nobody but the server reads: it tells where a photo was taken.
  var original: BlobKey? { BlobKey("originals/\(digits.prefix(2))/\(digits)") }

  /// The key of a rendition.
  func rendition(_ name: String) -> BlobKey? { BlobKey("renditions/\(digits.prefix(2))/\(digits)/\(name)") }

  /// The keys of all its blobs.
  var keys: [BlobKey] { ([original] + Self.renditions.map(rendition)).compactMap { $0 } }

  /// The path of the image at the server.
  var path: String { "/media/\(digits)/\(Self.first)" }
}
