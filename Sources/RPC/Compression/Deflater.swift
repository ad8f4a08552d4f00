internal import CZlib

/// Compresses messages one after another with one zlib stream.
final class Deflater {
  /// Zlib's levels go from 1 to 9. The fastest: a loop has other calls to serve, and the usual 6 takes more than twice
  /// its time to write a list of products in a tenth fewer bytes.
  private static let level: Int32 = 1
  /// Zlib's own default: 256 KiB of memory a stream.
  private static let memoryLevel: Int32 = 8

  private let stream: UnsafeMutablePointer<z_stream>

  /// `compression` is gzip or deflate.
  init(_ compression: Compression) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, Self.level, Z_DEFLATED, compression.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "no memory for zlib")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Compresses `bytes` to `target`, which has room for `limit` bytes.
  /// - Returns: how many bytes were written, or nil when they are more than `limit`.
  func deflate(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>, limit: Int) -> Int? {
    guard let start = bytes.baseAddress, limit > 0, let count = UInt32(exactly: bytes.count) else { return nil }
    let room = UInt32(clamping: limit)
    deflateReset(stream)
    stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = count
    stream.pointee.next_out = target
    stream.pointee.avail_out = room
    guard CZlib.deflate(stream, Z_FINISH) == Z_STREAM_END else { return nil }
    return Int(room - stream.pointee.avail_out)
  }
}
