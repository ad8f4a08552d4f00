/// The compression of a message. Sources: `grpc/doc/compression.md`, RFC 1952 (gzip), RFC 1950 (deflate in HTTP and
/// gRPC).
public enum Compression: UInt8, Sendable, CaseIterable {
  /// Not at all.
  case identity
  /// The format of the gzip program.
  case gzip
  /// The same method in zlib's format, which is shorter by a few bytes.
  case deflate

  /// Shorter messages are sent uncompressed unless compression was requested: they fit a packet anyway.
  static let worthwhileBytesMin = 1024

  /// The name in `grpc-encoding`, `content-encoding` and their like.
  public var name: String {
    switch self {
    case .identity: "identity"
    case .gzip: "gzip"
    case .deflate: "deflate"
    }
  }

  /// The encoding of that name, without regard to case; nil when we do not know it. `x-gzip` is what gzip was called
  /// first (RFC 9110, section 8.4.1.3).
  init?(name: some Collection<UInt8>) {
    let isNamed: (String) -> Bool = { known in name.elementsEqual(known.utf8) { $0 | Self.caseBit == $1 } }
    guard let known = Self.allCases.first(where: { isNamed($0.name) }) ?? (isNamed("x-gzip") ? .gzip : nil) else {
      return nil
    }
    self = known
  }

  /// The bit that a small letter has in ASCII and its capital has not.
  private static let caseBit: UInt8 = 0x20

  /// The most bytes that a compressed message may have on the wire when it may have `limit` without compression: what
  /// cannot be made smaller becomes larger by a header and a few bytes for each block.
  static func wireBytesMax(limit: Int) -> Int { limit + (limit >> 10) + 64 }
}

/// A set of encodings that a peer accepts.
struct CompressionSet: OptionSet, Sendable {
  let rawValue: UInt8

  /// All that we understand.
  static let all: CompressionSet = [.identity, .gzip, .deflate]
  static let identity = CompressionSet(.identity)
  static let gzip = CompressionSet(.gzip)
  static let deflate = CompressionSet(.deflate)

  /// ``all`` as a header field says it.
  static let advertised = "identity, gzip, deflate"

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(_ compression: Compression) { rawValue = 1 << compression.rawValue }

  /// The compressions of a list such as `grpc-accept-encoding` or `accept-encoding`. Unknown ones and weights are
  /// ignored, except the weight 0, which excludes one. Identity is always included.
  init(list: some Collection<UInt8>) {
    var found: CompressionSet = .identity
    for element in list.split(separator: UInt8(ascii: ",")) {
      let parts = element.split(separator: UInt8(ascii: ";"))
      guard let name = parts.first, let known = Compression(name: Self.trimmed(name)) else { continue }
      if !parts.dropFirst().contains(where: { Self.isZeroWeight(Self.trimmed($0)) }) {
        found.insert(CompressionSet(known))
      }
    }
    self = found
  }

  func contains(_ compression: Compression) -> Bool { contains(CompressionSet(compression)) }

  private static func trimmed<Bytes: Collection<UInt8>>(_ bytes: Bytes) -> [UInt8] {
    let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    return Array(bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }

  /// `q=0`, `q=0.0` and the like (RFC 9110, section 12.4.2).
  private static func isZeroWeight(_ parameter: [UInt8]) -> Bool {
    guard parameter.count >= 3, parameter[0] | 0x20 == UInt8(ascii: "q"), parameter[1] == UInt8(ascii: "=") else {
      return false
    }
    return parameter.dropFirst(2).allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
  }
}
