internal import CZlib
internal import Glibc

/// The reason why compressed bytes could not be decompressed.
enum InflationError: Error, Equatable {
  /// They are not what they claim to be, end too early, or something follows them.
  case corrupt
  /// They hold more than the limit, in bytes.
  case overLimit(Int)
}

/// Decompresses messages one after another with one zlib stream and one bounded buffer.
///
/// The buffer grows with the output, never beyond the limit. One extra byte, which is dropped, tells whether the output
/// exceeds the limit.
final class Inflater {
  /// Bytes that the buffer begins with, and those it keeps from one message to the next.
  private static let firstBytes = 16 * 1024
  private static let keptBytesMax = 256 * 1024
  /// The usual compression ratio of text, as a first guess.
  private static let usualRatio = 4

  private let stream: UnsafeMutablePointer<z_stream>
  private let mayConcatenate: Bool
  private var buffer: UnsafeMutableRawPointer?
  /// Bytes of memory that the buffer has now, and the most it ever had.
  private(set) var capacityBytes = 0
  private(set) var capacityBytesPeak = 0

  /// `compression` is gzip or deflate.
  init(_ compression: Compression) {
    mayConcatenate = compression == .gzip  // RFC 1952, section 2.2: a series of members
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, compression.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "no memory for zlib")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    free(buffer)
  }

  /// Calls `body` with what `bytes` hold; its bytes are valid during the call only.
  /// - Throws: ``InflationError``, or what `body` throws.
  func inflate<R>(
    _ bytes: UnsafeRawBufferPointer, limit: Int, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    defer { shrink() }
    let count = try fill(from: bytes, limit: limit)
    return try body(UnsafeRawBufferPointer(start: buffer, count: count))
  }

  private func fill(from bytes: UnsafeRawBufferPointer, limit: Int) throws(InflationError) -> Int {
    guard let start = bytes.baseAddress, let available = UInt32(exactly: bytes.count) else { throw .corrupt }
    inflateReset(stream)
    stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = available
    var used = 0
    while true {
      if used == capacityBytes || used == limit {
        grow(to: min(limit, max(capacityBytes * 2, Self.firstBytes, bytes.count * Self.usualRatio)))
      }
      let (status, written) = step(at: used, room: min(capacityBytes, limit) - used)
      if used == limit && written > 0 { throw .overLimit(limit) }
      used += written
      if status == Z_OK { continue }
      guard status == Z_STREAM_END else { throw .corrupt }
      if stream.pointee.avail_in == 0 { return used }
      if !mayConcatenate { throw .corrupt }
      inflateReset(stream)
    }
  }

  /// One call of zlib, with `room` bytes, or one to throw away, to write to. No progress at all is an error of its own.
  private func step(at offset: Int, room: Int) -> (status: Int32, written: Int) {
    if room == 0 {
      var excess: UInt8 = 0
      return withUnsafeMutablePointer(to: &excess) { run(into: $0, 1) }
    }
    return run(into: buffer.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self) + offset, room)
  }

  private func run(into target: UnsafeMutablePointer<UInt8>, _ room: Int) -> (status: Int32, written: Int) {
    let room = UInt32(clamping: room)
    stream.pointee.next_out = target
    stream.pointee.avail_out = room
    let status = CZlib.inflate(stream, Z_NO_FLUSH)
    return (status, Int(room - stream.pointee.avail_out))
  }

  private func grow(to bytes: Int) {
    if bytes <= capacityBytes { return }
    // Out of memory cannot be mended here; the size is bounded by the limit of the call.
    buffer = realloc(buffer, bytes)!
    capacityBytes = bytes
    capacityBytesPeak = max(capacityBytesPeak, bytes)
  }

  private func shrink() {
    if capacityBytes <= Self.keptBytesMax { return }
    free(buffer)
    buffer = nil
    capacityBytes = 0
  }
}

extension Compression {
  /// zlib's number for the format: the binary logarithm of the window, plus 16 for gzip.
  var windowBits: Int32 { self == .gzip ? 15 + 16 : 15 }
}
