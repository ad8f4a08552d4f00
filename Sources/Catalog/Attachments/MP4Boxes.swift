/// The top-level boxes of an MP4 file (ISO/IEC 14496-12): they follow one another up to the end of the file. What is in
/// them is for players.
enum MP4Boxes {
  /// A film of hours that was made for streaming has two for every few seconds.
  private static let boxesMax = 20_000
  /// The box with the brands lists some dozens of them.
  private static let brandsBytesMax = 4_096
  /// A box of more than 4 GiB has its size in 16 bytes of its head.
  private static let headBytes = 16
  /// The main brands of films: not those of pictures, sound alone and QuickTime.
  private static let brands: Set<String> = [
    "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "avc1", "dash", "MSNV",
    "M4V ", "M4VH", "M4VP", "cmfc", "cmf2",
  ]

  private struct Box {
    let type: String
    let end: Int
  }

  static func look(at content: FileContent) async throws -> FileContent.Finding {
    let start = try await content.bytes(at: 0, count: 12)
    guard start.count == 12, text(start[4..<8]) == "ftyp", brands.contains(text(start[8..<12])) else { return .other }
    var (at, count) = (0, 0)
    var types: Set<String> = []
    while at < content.size {
      guard count < boxesMax, let box = try await box(at: at, content) else { return .damaged }
      if count == 0 && box.end > brandsBytesMax { return .damaged }
      types.insert(box.type)
      at = box.end
      count += 1
    }
    // The description of the film, and its data.
    return types.isSuperset(of: ["moov", "mdat"]) ? .whole : .damaged
  }

  /// The box that begins there; nil when none does, or it has another end than the file has.
  private static func box(at offset: Int, _ content: FileContent) async throws -> Box? {
    let head = try await content.bytes(at: offset, count: headBytes)
    guard head.count >= 8, let short = head[..<4].bigEndian() else { return nil }
    guard head[4..<8].allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0xA9 }) else { return nil }
    let type = text(head[4..<8])
    let rest = content.size - offset
    switch short {
    case 0:  // up to the end
      return Box(type: type, end: content.size)
    case 1:
      guard head.count == headBytes, let long = head[8...].bigEndian(), (headBytes...rest).contains(long) else {
        return nil
      }
      return Box(type: type, end: offset + long)
    default:
      guard short >= 8, short <= rest else { return nil }
      return Box(type: type, end: offset + short)
    }
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
}
