/// The compressors of one loop, each made on first use and then shared by all calls of the loop in turn.
final class Codecs {
  private lazy var gunzip = Inflater(.gzip)
  private lazy var inflater = Inflater(.deflate)
  private lazy var gzip = Deflater(.gzip)
  private lazy var deflater = Deflater(.deflate)

  init() {}

  /// Calls `body` with the decompressed `bytes`, at most `limit` bytes. They are valid during the call only, and `body`
  /// must not decompress anything itself.
  /// - Throws: ``InflationError``, or the error of `body`.
  func inflate<R>(
    _ bytes: UnsafeRawBufferPointer, _ compression: Compression, limit: Int,
    _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    switch compression {
    case .identity:
      if bytes.count > limit { throw InflationError.overLimit(limit) }
      return try body(bytes)
    case .gzip: return try gunzip.inflate(bytes, limit: limit, body)
    case .deflate: return try inflater.inflate(bytes, limit: limit, body)
    }
  }

  /// Appends `bytes` to `buffer` in compressed form.
  /// - Returns: false, with nothing appended, when they would not be fewer.
  func append(_ bytes: UnsafeRawBufferPointer, _ compression: Compression, to buffer: inout ByteBuffer) -> Bool {
    let target = buffer.reserve(bytes.count)
    guard let count = deflate(bytes, compression, to: target) else { return false }
    buffer.claim(count)
    return true
  }

  /// Appends a gRPC message with its prefix to `buffer`: compressed if that makes it smaller, otherwise as it is, which
  /// its flag says.
  func append(message: UnsafeRawBufferPointer, _ compression: Compression, to buffer: inout ByteBuffer) {
    let target = buffer.reserve(ByteBuffer.prefixBytes + message.count)
    guard let count = deflate(message, compression, to: target + ByteBuffer.prefixBytes) else {
      return buffer.append(message: message)
    }
    target[0] = ByteBuffer.compressedFlag
    for byte in 0..<4 { target[1 + byte] = UInt8(truncatingIfNeeded: count >> (24 - 8 * byte)) }
    buffer.claim(ByteBuffer.prefixBytes + count)
  }

  private func deflate(
    _ bytes: UnsafeRawBufferPointer, _ compression: Compression, to target: UnsafeMutablePointer<UInt8>
  ) -> Int? {
    switch compression {
    case .identity: nil
    case .gzip: gzip.deflate(bytes, to: target, limit: bytes.count - 1)
    case .deflate: deflater.deflate(bytes, to: target, limit: bytes.count - 1)
    }
  }
}
