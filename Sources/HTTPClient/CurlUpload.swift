internal import CCurl
internal import EventLoop

/// The body of a transfer that is sent piece by piece. libcurl takes what is there, and is paused while the next piece
/// is fetched. Confined to its loop.
final class CurlUpload {
  /// What libcurl's callbacks return to stop a transfer, and to pause it.
  private static let (abort, pause) = (0x1000_0000, 0x1000_0001)

  private let upload: HTTPUpload
  /// Where the piece begins in the body.
  private var offset = 0
  private var piece: [UInt8] = []
  private var taken = 0
  private var isFetching = false
  /// Fetches the piece at an offset, and calls ``arrived(_:)`` later.
  var fetch: (Int) -> Void = { _ in }

  init(_ upload: HTTPUpload) { self.upload = upload }

  /// Copies the next bytes into libcurl's buffer.
  /// - Returns: their number; 0 at the end.
  func give(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if taken < piece.count {
      let count = min(buffer.count, piece.count - taken)
      buffer.copyBytes(from: piece[taken..<(taken + count)])
      taken += count
      return count
    }
    if offset + piece.count >= upload.length { return 0 }
    if !isFetching {
      isFetching = true
      offset += piece.count
      (piece, taken) = ([], 0)
      fetch(offset)
    }
    return Self.pause
  }

  /// The piece that was fetched.
  /// - Returns: whether the body goes on: a body that ends early, or has more than it said, does not.
  func arrived(_ bytes: [UInt8]) -> Bool {
    isFetching = false
    guard !bytes.isEmpty, bytes.count <= upload.length - offset else { return false }
    (piece, taken) = (bytes, 0)
    return true
  }

  /// libcurl sends the body again, over another connection.
  /// - Returns: whether it can.
  func seek(to position: Int) -> Bool {
    guard !isFetching, (0...upload.length).contains(position) else { return false }
    (offset, piece, taken) = (position, [], 0)
    return true
  }

  /// The bytes at `offset`, fetched elsewhere.
  func bytes(at offset: Int) -> @Sendable () async throws -> [UInt8] {
    { [upload] in try await upload.piece(offset) }
  }

  /// Has libcurl ask this for the body.
  func attach(to handle: UnsafeMutableRawPointer) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
    ccurl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(upload.length))
    ccurl_set_pointer(handle, CURLOPT_READDATA, context)
    ccurl_set_pointer(handle, CURLOPT_SEEKDATA, context)
    ccurl_set_taker(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
      guard let context else { return CurlUpload.abort }
      return Unmanaged<CurlUpload>.fromOpaque(context)._withUnsafeGuaranteedRef {
        $0.give(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
      }
    }
    ccurl_set_seeker(handle) { context, position, origin in
      guard let context, origin == 0 else { return CURL_SEEKFUNC_FAIL }
      return Unmanaged<CurlUpload>.fromOpaque(context)._withUnsafeGuaranteedRef {
        $0.seek(to: Int(position)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
      }
    }
  }
}
