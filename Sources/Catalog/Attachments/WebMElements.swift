/// The outer elements of a WebM file (EBML, RFC 8794): a header with the type of the document, and one segment with
/// tracks and clusters up to the end of the file. What is in them is for players.
enum WebMElements {
  private enum ID {
    static let header = 0x1A45_DFA3
    static let documentType = 0x4282
    static let segment = 0x1853_8067
    static let tracks = 0x1654_AE6B
    static let cluster = 0x1F43_B675
  }

  private static let headerBytesMax = 4_096
  /// A film of hours has a cluster for every few seconds.
  private static let elementsMax = 20_000
  /// An id of up to 4 bytes and a size of up to 8.
  private static let headBytesMax = 12

  /// The head of an element.
  private struct Element {
    let id: Int
    /// Where its data begins.
    let start: Int
    /// Of its data; nil when it was not known yet, as when a browser records.
    let size: Int?
  }

  static func look(at content: FileContent) async throws -> FileContent.Finding {
    guard let header = try await element(at: 0, content), header.id == ID.header else { return .other }
    guard let size = header.size, size <= headerBytesMax else { return .damaged }
    let end = header.start + size
    let bytes = try await content.bytes(at: header.start, count: size)
    guard bytes.count == size else { return .damaged }
    guard documentType(in: bytes) == "webm" else { return .other }
    guard let segment = try await element(at: end, content), segment.id == ID.segment else { return .damaged }
    let segmentBytes = segment.size ?? content.size - segment.start
    guard segmentBytes == content.size - segment.start else { return .damaged }
    return try await isWhole(from: segment.start, content) ? .whole : .damaged
  }

  /// Whether tracks and clusters fill the file from there on.
  private static func isWhole(from start: Int, _ content: FileContent) async throws -> Bool {
    var (at, count) = (start, 0)
    var (hasTracks, hasCluster) = (false, false)
    while at < content.size {
      guard count < elementsMax, let next = try await element(at: at, content) else { return false }
      if next.id == ID.tracks { hasTracks = true }
      if next.id == ID.cluster { hasCluster = true }
      // Clusters of unknown size follow up to the end: nothing says where that should be.
      guard let size = next.size else { return hasTracks && hasCluster }
      guard size <= content.size - next.start else { return false }
      at = next.start + size
      count += 1
    }
    return hasTracks && hasCluster
  }

  /// The type of the document that the data of a header names.
  private static func documentType(in header: [UInt8]) -> String? {
    var at = 0
    while at < header.count, let next = element(in: Array(header[at...].prefix(headBytesMax)), at: at) {
      guard let size = next.size, size <= header.count - next.start else { return nil }
      if next.id == ID.documentType {
        return String(decoding: header[next.start..<next.start + size].prefix { $0 != 0 }, as: UTF8.self)
      }
      at = next.start + size
    }
    return nil
  }

  private static func element(at offset: Int, _ content: FileContent) async throws -> Element? {
    element(in: try await content.bytes(at: offset, count: headBytesMax), at: offset)
  }

  /// The element whose head these bytes begin with.
  private static func element(in head: [UInt8], at offset: Int) -> Element? {
    guard let first = head.first else { return nil }
    let idBytes = first.leadingZeroBitCount + 1
    guard idBytes <= 4, head.count > idBytes, let id = head[..<idBytes].bigEndian() else { return nil }
    let sizeBytes = head[idBytes].leadingZeroBitCount + 1
    guard sizeBytes <= 8, head.count >= idBytes + sizeBytes else { return nil }
    var size = Array(head[idBytes..<idBytes + sizeBytes])
    // The highest bit that is set tells the length, and is no part of the number.
    size[0] &= 0xFF >> UInt8(sizeBytes)
    guard let number = size.bigEndian() else { return nil }
    let isUnknown = number == 1 << (7 * sizeBytes) - 1
    return Element(id: id, start: offset + idBytes + sizeBytes, size: isUnknown ? nil : number)
  }
}
