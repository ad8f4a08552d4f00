/// The first and last bytes of a PDF file (ISO 32000-2, section 7.5). What is between them is for viewers.
enum PDFFrame {
  /// The end of the file is looked for in so many bytes.
  private static let endBytes = 1_024

  static func look(at content: FileContent) async throws -> FileContent.Finding {
    let start = try await content.bytes(at: 0, count: 8)
    guard start.count == 8, start.starts(with: "%PDF-".utf8), isDigit(start[5]), start[6] == UInt8(ascii: "."),
      isDigit(start[7])
    else { return .other }
    let last = try await content.bytes(at: max(0, content.size - endBytes), count: endBytes)
    let text = String(decoding: last.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    guard let end = text.ranges(of: "%%EOF").last,
      let table = text[..<end.lowerBound].ranges(of: "startxref").last
    else { return .damaged }
    let digits = text[table.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
    guard let position = Int(digits), (0..<content.size).contains(position) else { return .damaged }
    return .whole
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
