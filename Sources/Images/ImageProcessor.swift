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
/// The number of threads bounds the memory: each has one decoded image of at most ``ImageLimits/decodedBytesMax``. A
/// task that is cancelled returns at once, and what waits for a thread is not begun; what a thread has begun goes on,
/// within the limits, and nobody sees its result. So whoever cancels decides how long an image may take.
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

  /// Reads the header of a file. No pixel is decoded, so a file that is damaged further on is not noticed, except that
  /// a PNG must have its end.
  public func header(of path: String) async throws(ImageError) -> ImageHeader {
    try await run { [limits] () throws(ImageError) in try Self.header(of: path, limits) }
  }

  /// Decodes the whole image, and makes a rendition in each size and type.
  /// - Parameter sizes: from the largest to the smallest.
  public func renditions(
    of path: String, _ sizes: [RenditionSize], _ types: [ImageType]
  ) async throws(ImageError) -> [Rendition] {
    try await run { [limits] () throws(ImageError) in
      let header = try Self.header(of: path, limits)
      var renditions: [Rendition] = []
      var last: DecodedImage?
      for size in sizes {
        // Each size is made from the one before it, so that the image is decoded once.
        let next =
          if let last { try last.shrunk(sideMax: size.sideMax) } else {
            try DecodedImage(path: path, hasProfile: header.hasProfile, sideMax: size.sideMax)
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

  /// An image file of an SVG document of the shop's own; never of one from outside.
  public func draw(svg: String, as type: ImageType) async throws(ImageError) -> [UInt8] {
    try await run { () throws(ImageError) in
      try DecodedImage(svg: svg).encoded(as: type, quality: Self.quality)
    }
  }

  private func run<R: Sendable>(_ body: @escaping @Sendable () throws(ImageError) -> R) async throws(ImageError) -> R {
    let outcome = PendingOutcome<R, ImageError>()
    let result: Result<R, ImageError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        outcome.deliver(to: continuation)
        let isAccepted = threads.submit {
          if outcome.isKnown { return }
          do throws(ImageError) {
            outcome.become(.success(try body()))
          } catch {
            outcome.become(.failure(error))
          }
        }
        if !isAccepted { outcome.become(.failure(.unavailable("too many images wait"))) }
      }
    } onCancel: {
      outcome.become(.failure(.cancelled))
    }
    return try result.get()
  }

  private static func header(of path: String, _ limits: ImageLimits) throws(ImageError) -> ImageHeader {
    // Before libvips looks at it: what makes it slow may be read with the header.
    var parts = cimages_parts()
    let partsMax = max(limits.scansMax, limits.chunksMax)
    guard cimages_count_parts(path, Int32(clamping: partsMax), &parts) == 0 else { throw .notAnImage }
    guard parts.scans <= limits.scansMax, parts.chunks <= limits.chunksMax else {
      throw .damaged("it has more than \(limits.scansMax) scans or \(limits.chunksMax) chunks")
    }
    guard parts.text_bytes <= limits.textBytesMax else {
      throw .damaged("it has more than \(limits.textBytesMax) bytes of compressed text")
    }
    var header = cimages_header()
    guard cimages_read_header(path, &header) == 0, let type = ImageType(header.type) else {
      _ = DecodedImage.takeError()
      throw .notAnImage
    }
    let (width, height) = (Int(header.width), Int(header.height))
    // Both have 32 bits, so the product fits.
    let pixels = max(1, width * height)
    let bytesOfPixel = max(1, Int(clamping: header.decoded_bytes / UInt64(pixels)))
    // libjpeg keeps 16 bits of each colour until it has read all scans.
    let decodedBytesMax = parts.scans > 1 ? limits.decodedBytesMax / 2 : limits.decodedBytesMax
    let limit = min(limits.pixelsMax, decodedBytesMax / bytesOfPixel)
    guard pixels <= limit else { throw .tooManyPixels(width: width, height: height, limit: limit) }
    guard max(width, height) <= limits.sideMax else { throw .damaged("a side has more than \(limits.sideMax) pixels") }
    guard parts.is_cut == 0 else { throw .damaged("its end is missing") }
    return ImageHeader(type: type, width: width, height: height, hasProfile: header.has_profile != 0)
  }
}

/// libvips' global state, prepared once in a process.
private enum ImageLibrary {
  private static let made: Bool = cimages_start() == 0

  static func begin() { precondition(made, "libvips cannot be used") }
}
