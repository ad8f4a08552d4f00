/// The smallest files of each type, as far as the shop looks at them.
enum SampleFiles {
  static func box(_ type: String, _ content: [UInt8] = []) -> [UInt8] {
    let size = UInt32(8 + content.count)
    return [UInt8(size >> 24), UInt8(size >> 16 & 255), UInt8(size >> 8 & 255), UInt8(size & 255)] + Array(type.utf8)
      + content
  }

  static func mp4(brand: String = "isom", _ filling: UInt8 = 7) -> [UInt8] {
    box("ftyp", Array(brand.utf8) + [0, 0, 2, 0] + Array("isomavc1".utf8)) + box("moov", [1, 2, 3])
      + box("mdat", Array(repeating: filling, count: 40))
  }

  /// An element of EBML, with a size of one byte.
  static func element(_ id: [UInt8], _ content: [UInt8]) -> [UInt8] { id + [0x80 | UInt8(content.count)] + content }

  static let tracks = element([0x16, 0x54, 0xAE, 0x6B], [1, 2, 3])
  static let cluster = element([0x1F, 0x43, 0xB6, 0x75], [4, 5, 6, 7])

  static func webm(type: String = "webm") -> [UInt8] {
    element([0x1A, 0x45, 0xDF, 0xA3], element([0x42, 0x86], [1]) + element([0x42, 0x82], Array(type.utf8)))
      + element([0x18, 0x53, 0x80, 0x67], tracks + cluster)
  }

  /// As a browser records it: nobody knows the sizes yet.
  static let recorded =
    element([0x1A, 0x45, 0xDF, 0xA3], element([0x42, 0x82], Array("webm".utf8)))
    + [0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] + tracks + cluster
    + [0x1F, 0x43, 0xB6, 0x75, 0xFF, 9, 9, 9]

  static func pdf(_ text: String = "A lamp") -> [UInt8] {
    let body = "%PDF-1.7\n1 0 obj\n(\(text))\nendobj\n"
    return Array("\(body)xref\n0 1\ntrailer <<>>\nstartxref\n\(body.utf8.count)\n%%EOF".utf8)
  }
}
