internal import CImages

/// A decoded picture. For one thread at a time.
final class DecodedImage {
  /// Bytes of libvips' words about a failure.
  private static let errorBytes = 512

  private let image: OpaquePointer

  deinit { cimages_free_image(image) }

  /// The picture of the file, upright, in sRGB and without metadata, with at most `sideMax` pixels on each side.
  /// - Parameter hasProfile: what the header of the file says.
  convenience init(path: String, hasProfile: Bool, sideMax: Int) throws(ImageError) {
    self.init(adopting: try Self.checked(cimages_decode(path, hasProfile ? 1 : 0, Int32(clamping: sideMax))))
  }

  /// A picture of 8-bit pixels, row by row: red, green, blue.
  convenience init(pixels: [UInt8], width: Int, height: Int) throws(ImageError) {
    guard width > 0, height > 0, pixels.count == width * height * 3 else {
      throw .damaged("the pixels do not have the size of the picture")
    }
    let image = cimages_from_pixels(pixels, pixels.count, Int32(clamping: width), Int32(clamping: height), 3)
    self.init(adopting: try Self.checked(image))
  }

  /// The picture of an SVG document of the shop's own.
  convenience init(svg: String) throws(ImageError) {
    self.init(adopting: try Self.checked(cimages_draw(svg, svg.utf8.count)))
  }

  private init(adopting image: OpaquePointer) { self.image = image }

  var width: Int { Int(cimages_width(image)) }
  var height: Int { Int(cimages_height(image)) }

  /// A copy that is no larger than `sideMax` pixels on each side.
  func shrunk(sideMax: Int) throws(ImageError) -> DecodedImage {
    DecodedImage(adopting: try Self.checked(cimages_shrink(image, Int32(clamping: sideMax))))
  }

  /// The picture as a file.
  func encoded(as type: ImageType, quality: Int) throws(ImageError) -> [UInt8] {
    var bytes: UnsafeMutableRawPointer?
    var count = 0
    let failed = cimages_encode(image, type.number, Int32(clamping: quality), &bytes, &count) != 0
    defer { if let bytes { cimages_free_bytes(bytes) } }
    // The picture is in memory: nothing of a file can be wrong any more.
    guard !failed, let bytes else { throw .unavailable(Self.takeError()) }
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  /// Red, green and blue of a pixel, from 0 to 255.
  func pixel(x: Int, y: Int) throws(ImageError) -> [Int] {
    var colours = [0.0, 0.0, 0.0]
    guard cimages_pixel(image, Int32(clamping: x), Int32(clamping: y), &colours) == 0 else {
      throw .damaged(Self.takeError())
    }
    return colours.map { Int(min(max($0, 0), 255)) }
  }

  private static func checked(_ image: OpaquePointer?) throws(ImageError) -> OpaquePointer {
    if let image { return image }
    let text = takeError()
    // These are libvips' words where no memory is left.
    throw text.contains("out of memory") ? .unavailable(text) : .damaged(text)
  }

  /// What libvips says about the last failure, on one line.
  static func takeError() -> String {
    let bytes = [UInt8](unsafeUninitializedCapacity: errorBytes) { buffer, filled in
      buffer.withMemoryRebound(to: CChar.self) { cimages_take_error($0.baseAddress, $0.count) }
      filled = buffer.firstIndex(of: 0) ?? 0
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
  }
}
