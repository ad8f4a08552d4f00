import Foundation

@testable import Images

/// Images that tests draw, and files with them.
enum TestImage {
  /// The left half is red, the right half is green; the lowest quarter is blue, so that each corner tells where it is.
  static func pixels(_ width: Int, _ height: Int) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        pixels += y >= height * 3 / 4 ? [0, 0, 255] : x < width / 2 ? [255, 0, 0] : [0, 255, 0]
      }
    }
    return pixels
  }

  /// What the EXIF segment of ``jpeg(_:orientation:)`` tells: the camera, and the entry of the place.
  static let told = ["camera": Array("Kamera".utf8), "place": [0x25, 0x88, 4, 0]]

  /// A JPEG with an EXIF segment: a camera, an orientation, and a position of GPS.
  static func jpeg(_ jpeg: [UInt8], orientation: UInt8) -> [UInt8] {
    // A header of TIFF in little endian, then a directory of three entries, by their tags: the camera's text at 50, the
    // orientation, and GPS's own directory at 58.
    let directory: [UInt8] = [
      3, 0, 0x0F, 0x01, 2, 0, 7, 0, 0, 0, 50, 0, 0, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0x25, 0x88,
      4, 0, 1, 0, 0, 0, 58, 0, 0, 0, 0, 0, 0, 0,
    ]
    // Its only entry: north.
    let gps: [UInt8] = [1, 0, 1, 0, 2, 0, 2, 0, 0, 0, UInt8(ascii: "N"), 0, 0, 0, 0, 0, 0, 0]
    let exif = Array("Exif\0\0II*\0".utf8) + [8, 0, 0, 0] + directory + Array("Kamera\0\0".utf8) + gps
    let length = exif.count + 2
    return Array(jpeg.prefix(2)) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + exif + jpeg.dropFirst(2)
  }

  /// A JPEG with more scans before its end. Each is complete with 10 bytes.
  static func jpeg(_ jpeg: [UInt8], moreScans: Int) -> [UInt8] {
    let scan: [UInt8] = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0x3F, 0]
    let scans = Array(repeating: scan, count: moreScans).flatMap { $0 }
    return Array(jpeg.dropLast(2)) + scans + [0xFF, 0xD9]
  }

  /// An animation in WebP of empty frames: each with its length, or all within the length of the first.
  static func webp(frames: Int, isNested: Bool) -> [UInt8] {
    func little(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    func chunk(_ name: String, _ length: Int, _ data: [UInt8]) -> [UInt8] { Array(name.utf8) + little(length) + data }
    let content = Array(repeating: UInt8(0), count: 16) + chunk("VP8L", 0, [])
    let later = Array(repeating: chunk("ANMF", content.count, content), count: frames - 1).flatMap { $0 }
    let first = chunk("ANMF", content.count + (isNested ? later.count : 0), content)
    let body =
      chunk("VP8X", 10, [2, 0, 0, 0, 9, 0, 0, 9, 0, 0]) + chunk("ANIM", 6, [0, 0, 0, 0, 0, 0]) + first + later
    return chunk("RIFF", 4 + body.count, Array("WEBP".utf8)) + body
  }

  /// The header of a PNG that claims to be so large, with next to no content.
  static func bomb(_ width: UInt32, _ height: UInt32) -> [UInt8] {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", big(width) + big(height) + [8, 2, 0, 0, 0]) + chunk("IDAT", [0x78, 0x9C, 3, 0, 0, 0, 0, 1])
      + chunk("IEND", [])
  }

  /// A PNG with this chunk after its header.
  static func png(_ png: [UInt8], with name: String, _ data: [UInt8]) -> [UInt8] {
    let headerBytes = 8 + 25
    return png.prefix(headerBytes) + chunk(name, data) + png.dropFirst(headerBytes)
  }

  private static func big(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }

  /// A chunk of a PNG.
  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return big(UInt32(data.count)) + body + big(crc(body))
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }
  }
}

/// A file that is removed with this.
struct TestFile: ~Copyable {
  let path = FileManager.default.temporaryDirectory.appending(path: "image-\(UUID().uuidString)").path

  init(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: path)) }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension ImageProcessor {
  /// Runs `body` with a processor that is closed afterwards.
  static func run(limits: ImageLimits = ImageLimits(), _ body: (ImageProcessor) async throws -> Void) async throws {
    let processor = ImageProcessor(threads: 2, limits: limits)
    do {
      try await body(processor)
    } catch {
      await processor.close()
      throw error
    }
    await processor.close()
  }

  /// A drawn image of that type.
  func sample(_ type: ImageType, _ width: Int = 400, _ height: Int = 200) async throws -> [UInt8] {
    try await encode(pixels: TestImage.pixels(width, height), width: width, height: height, as: type)
  }

  func header(ofBytes bytes: [UInt8]) async throws -> ImageHeader {
    let file = try TestFile(bytes)
    return try await header(of: file.path)
  }

  func renditions(
    ofBytes bytes: [UInt8], _ sizes: [RenditionSize], _ types: [ImageType] = [.webp, .jpeg]
  ) async throws -> [Rendition] {
    let file = try TestFile(bytes)
    return try await renditions(of: file.path, sizes, types)
  }
}

extension ImageProcessor {
  /// The colour at the top left corner: red, green, blue.
  func corner(ofBytes bytes: [UInt8]) async throws -> [Int] {
    let file = try TestFile(bytes)
    return try DecodedImage(path: file.path, hasProfile: false, sideMax: 10_000).pixel(x: 2, y: 2)
  }
}
