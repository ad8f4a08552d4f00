internal import CImages
internal import EventLoop

/// A rendition of an image that is wanted.
public struct RenditionSize: Sendable, Hashable {
  /// The name: `small`.
  public let name: String
  /// The maximum width and height in pixels. A smaller image is never made larger.
  public let sideMax: Int

  /// A size.
  public init(_ name: String, sideMax: Int) { (self.name, self.sideMax) = (name, sideMax) }
}

/// An image in one size and format: upright, in sRGB, without metadata.
public struct Rendition: Sendable {
  /// The size that it was made for.
  public let size: RenditionSize
  /// The format.
  public let type: ImageType
  /// The file.
  public let bytes: [UInt8]
}

/// Reads images from outside and makes renditions of them, on threads of its own.
///
/// The number of threads bounds the memory: each has one decoded image of at most ``ImageLimits/decodedBytesMax``.
public final class ImageProcessor: Sendable {
  /// The quality of JPEG and WebP, from 1 to 100.
  private static let quality = 82

  /// The limits for images.
  public let limits: ImageLimits
  private let threads: OffLoopWorkers

  /// A processor with so many threads.
  public init(threads: Int = 2, limits: ImageLimits = ImageLimits()) {
    ImageLibrary.begin()
    self.limits = limits
    self.threads = OffLoopWorkers(count: threads, named: "images")
  }

  /// Waits for what is under way, and ends the threads.
  public func close() async {
    await Task.detached { [threads] in threads.shutdown() }.value
  }

  /// Reads the header of a file. No pixel is decoded, so a file that is damaged further on is not noticed.
  public func header(of path: String) async throws(ImageError) -> ImageHeader {
    try await run { [limits] () throws(ImageError) in try Self.header(of: path, limits) }
  }

  /// Decodes the whole image, and makes a rendition in each size and type.
  /// - Parameter sizes: from the largest to the smallest.
  public func renditions(
    of path: String, _ sizes: [RenditionSize], _ types: [ImageType]
  ) async throws(ImageError) -> [Rendition] {
    try await run { [limits] () throws(ImageError) in
      _ = try Self.header(of: path, limits)
      var renditions: [Rendition] = []
      var last: DecodedImage?
      for size in sizes {
        // Each size is made from the one before it, so that the image is decoded once.
        let next =
          if let last { try last.shrunk(sideMax: size.sideMax) } else {
            try DecodedImage(path: path, sideMax: size.sideMax)
          }
        for type in types {
          let bytes = try next.encoded(as: type, quality: Self.quality)
          renditions.append(Rendition(size: size, type: type, bytes: bytes))
        }
        last = next
      }
      return renditions
    }
  }

  /// An image file of 8-bit pixels, row by row: red, green, blue.
  public func encode(
    pixels: [UInt8], width: Int, height: Int, as type: ImageType
  ) async throws(ImageError) -> [UInt8] {
    try await run { () throws(ImageError) in
      try DecodedImage(pixels: pixels, width: width, height: height).encoded(as: type, quality: Self.quality)
    }
  }

  private func run<R: Sendable>(_ body: @escaping @Sendable () throws(ImageError) -> R) async throws(ImageError) -> R {
    do {
      return try await threads.run(body)
    } catch let error as ImageError {
      throw error
    } catch {
      throw .unavailable("too many images wait")
    }
  }

  private static func header(of path: String, _ limits: ImageLimits) throws(ImageError) -> ImageHeader {
    var header = cimages_header()
    guard cimages_read_header(path, &header) == 0, let type = ImageType(header.type) else {
      _ = DecodedImage.takeError()
      throw .notAnImage
    }
    let (width, height) = (Int(header.width), Int(header.height))
    let (pixels, isTooLarge) = width.multipliedReportingOverflow(by: height)
    guard !isTooLarge, pixels <= limits.pixelsMax, header.decoded_bytes <= UInt64(clamping: limits.decodedBytesMax)
    else { throw .tooManyPixels(width: width, height: height, limit: limits.pixelsMax) }
    return ImageHeader(type: type, width: width, height: height)
  }
}

/// libvips' global state, prepared once in a process.
private enum ImageLibrary {
  private static let made: Bool = cimages_start() == 0

  static func begin() { precondition(made, "libvips cannot be used") }
}
