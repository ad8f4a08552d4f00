internal import CImages

/// A format of images, recognized by content and never by name.
public enum ImageType: String, CaseIterable, Sendable {
  /// JPEG.
  case jpeg
  /// PNG.
  case png
  /// WebP; of an animation, its first picture.
  case webp

  /// The type in HTTP.
  public var contentType: String { "image/\(rawValue)" }

  /// The usual ending of a file's name: `jpg`.
  public var fileExtension: String { self == .jpeg ? "jpg" : rawValue }

  init?(_ type: cimages_type) {
    switch type {
    case CIMAGES_JPEG: self = .jpeg
    case CIMAGES_PNG: self = .png
    case CIMAGES_WEBP: self = .webp
    default: return nil
    }
  }

  var number: cimages_type {
    switch self {
    case .jpeg: CIMAGES_JPEG
    case .png: CIMAGES_PNG
    case .webp: CIMAGES_WEBP
    }
  }
}

/// What the header of an image says.
public struct ImageHeader: Sendable, Equatable {
  /// The format.
  public let type: ImageType
  /// In pixels, as the image is to be shown: turned as its EXIF orientation says.
  public let width: Int
  /// In pixels, as the image is to be shown.
  public let height: Int
  /// Whether the colours are those of a profile in the file.
  var hasProfile = false
}

/// The limits for images from outside.
public struct ImageLimits: Sendable, Equatable {
  /// The maximum number of pixels. It is compared before any pixel is decoded, so that a small file with a huge picture
  /// needs no memory.
  public var pixelsMax = 50_000_000
  /// The maximum size of the decoded picture in bytes: 8 bits for each colour of ``pixelsMax``, or 16 bits for fewer.
  /// Formats that are not decoded row by row need it all at once. A JPEG of several scans, as a progressive one, counts
  /// twice.
  public var decodedBytesMax = 256 * 1024 * 1024
  /// The maximum number of scans of a JPEG. Progressive ones have about 10. Each takes as long as the whole picture,
  /// however few bytes it has.
  public var scansMax = 100
  /// The maximum number of chunks of a WebP, of which a frame of an animation has two or three. The time to find the
  /// frames grows with the square of their number.
  public var chunksMax = 3_000
  /// The maximum width and height in pixels, that of a JPEG. The time to decode a picture also grows with its rows,
  /// however short they are.
  public var sideMax = 65_535
  /// The maximum number of bytes of compressed text in a PNG. It is unpacked with the header, to a thousand times as
  /// much.
  public var textBytesMax: UInt64 = 65_536

  /// The usual limits.
  public init() {}
}

/// The reason why an image is not used.
public enum ImageError: Error, Sendable, Equatable {
  /// The file is no JPEG, PNG or WebP.
  case notAnImage
  /// It has more pixels than the limit, which is lower than ``ImageLimits/pixelsMax`` if each needs many bytes.
  case tooManyPixels(width: Int, height: Int, limit: Int)
  /// The file is cut or damaged, or made to be decoded for hours, in words for a log.
  case damaged(String)
  /// Too many images wait already, or the library failed.
  case unavailable(String)
  /// The task that asked was cancelled.
  case cancelled
}
