internal import Files
internal import Images

/// An uploaded file and its renditions, by a hash of the file: their keys in the store and their paths at the server.
struct MediaFile: Hashable, Sendable {
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

  let kind: MediaFileKind
  /// 64 hexadecimal digits.
  let digits: String

  /// What was uploaded. The same bytes as a file of another kind are another file: it has other blobs, which go at
  /// another time.
  init(_ kind: MediaFileKind, _ file: StagedFile) {
    self.kind = kind
    digits = Hexadecimal.text(kind == .image ? file.sha256() : file.sha256(for: kind.rawValue))
  }

  /// Nil for a text that is no hash.
  init?(digits: String, kind: MediaFileKind = .image) {
    guard digits.utf8.count == 64 else { return nil }
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
    (self.digits, self.kind) = (digits, kind)
  }

  static func name(_ size: RenditionSize, _ type: ImageType) -> String { "\(size.name).\(type.fileExtension)" }

  /// The key of the file itself. That of an image is read by the server only: it tells where a photo was taken. Digital
  /// files are apart from all that has an address.
  var original: BlobKey? {
    let folder =
      switch kind {
      case .image: "originals"
      case .video: "videos"
      case .document: "documents"
      case .digitalFile: "digital"
      }
    return BlobKey("\(folder)/\(digits.prefix(2))/\(digits)")
  }

  /// The key of a rendition.
  func rendition(_ name: String) -> BlobKey? { BlobKey("renditions/\(digits.prefix(2))/\(digits)/\(name)") }

  /// The keys of all its blobs.
  var keys: [BlobKey] {
    let renditions = kind == .image ? Self.renditions.map(rendition) : []
    return ([original] + renditions).compactMap { $0 }
  }

  /// The path of an image at the server.
  var path: String { path(Self.first) }

  /// The path of what is shown under a name.
  func path(_ name: String) -> String { "/media/\(digits)/\(name)" }
}
