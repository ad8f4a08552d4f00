internal import Files

/// The bytes of a file, read in small parts.
struct FileContent {
  /// What a look at the content says.
  enum Finding: Equatable {
    /// It is whole, as far as its outer structure tells.
    case whole
    /// It is of the type, and cut or damaged.
    case damaged
    /// It is something else.
    case other
  }

  let size: Int
  private let source: (_ offset: Int, _ count: Int) async throws -> [UInt8]

  init(_ file: StagedFile) {
    self.init(size: file.bytes) { offset, count in
      try await MediaError.ofStore { () async throws(BlobError) in try await file.read(from: offset, count: count) }
    }
  }

  init(size: Int, _ source: @escaping (_ offset: Int, _ count: Int) async throws -> [UInt8]) {
    (self.size, self.source) = (size, source)
  }

  /// Up to `count` bytes: fewer at the end of the file.
  func bytes(at offset: Int, count: Int) async throws -> [UInt8] {
    guard offset < size else { return [] }
    return try await source(offset, min(count, size - offset))
  }
}

extension Sequence<UInt8> {
  /// The number whose bytes these are, the highest first; nil when it has more than 63 bits.
  func bigEndian() -> Int? {
    var number: UInt64 = 0
    for byte in self {
      guard number >> 56 == 0 else { return nil }
      number = number << 8 | UInt64(byte)
    }
    return Int(exactly: number)
  }
}
