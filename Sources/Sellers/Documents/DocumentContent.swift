/// What kind of file the bytes of a document are, told by the bytes themselves.
struct DocumentContent {
  /// The maximum size of a document in bytes.
  static let bytesMax = 10 * 1024 * 1024
  /// The end of a PDF is searched for in so many bytes (ISO 32000-1, annex H, note 18).
  private static let endBytes = 1_024
  private static let startBytes = 8

  enum FileType: String {
    case pdf = "application/pdf"
    case jpeg = "image/jpeg"
    case png = "image/png"
  }

  private(set) var bytes = 0
  private var start: [UInt8] = []
  private var end: [UInt8] = []

  /// Looks at the next bytes.
  mutating func add(_ more: [UInt8]) {
    bytes += more.count
    if start.count < Self.startBytes { start += more.prefix(Self.startBytes - start.count) }
    end = Array((end + more.suffix(Self.endBytes)).suffix(Self.endBytes))
  }

  /// The type of a document that is whole, as far as its end says: a JPEG may have anything after its image.
  /// - Throws: ``SellersError/documentTypeUnknown``, ``SellersError/documentDamaged``.
  func type() throws(SellersError) -> FileType {
    if start.starts(with: Array("%PDF-".utf8)) { return try .pdf.ending(in: end, with: Array("%%EOF".utf8)) }
    if start == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] {
      // The last chunk: its type, and the checksum of that.
      return try .png.ending(in: end, with: Array("IEND".utf8) + [0xae, 0x42, 0x60, 0x82])
    }
    if start.starts(with: [0xff, 0xd8, 0xff]) { return .jpeg }
    throw .documentTypeUnknown
  }
}

extension DocumentContent.FileType {
  fileprivate func ending(in end: [UInt8], with mark: [UInt8]) throws(SellersError) -> Self {
    guard end.contains(mark) else { throw .documentDamaged }
    return self
  }
}
