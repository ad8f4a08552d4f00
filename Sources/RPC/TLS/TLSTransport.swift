import COpenSSL

/// A custom BIO of OpenSSL in memory: the bytes from the socket, and the bytes to it.
///
/// OpenSSL reads directly from the loop's receive buffer and writes its records directly to the outgoing queue. It
/// makes no system call, and an unsent rest never has to pass through `SSL_write` again.
final class TLSTransport {
  /// Bytes that arrived, were not read, and outlived the receive buffer that they came in.
  private let kept = CiphertextQueue()
  /// Bytes still in the loop's receive buffer.
  private var borrowed = UnsafeRawBufferPointer(start: nil, count: 0)
  let outgoing = CiphertextQueue()

  func lend(_ bytes: UnsafeRawBufferPointer) {
    borrowed = bytes
  }

  /// Copies what is left of the borrowed bytes, within `limit` bytes; false beyond.
  func keepBorrowed(limit: Int) -> Bool {
    guard kept.count + borrowed.count <= limit else { return false }
    if let start = borrowed.baseAddress { kept.append(start, borrowed.count) }
    borrowed = UnsafeRawBufferPointer(start: nil, count: 0)
    return true
  }

  /// Installs this transport on both directions of `session`; the session must not outlive it.
  func attach(to session: OpaquePointer) -> Bool {
    guard let bio = BIO_new(Self.method) else { return false }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    SSL_set_bio(session, bio, bio)
    return true
  }

  private func take(into target: UnsafeMutableRawPointer, _ capacity: Int) -> Int {
    if kept.count > 0, let start = kept.start {
      let length = min(kept.count, capacity)
      target.copyMemory(from: start, byteCount: length)
      kept.consume(length)
      return length
    }
    let length = min(borrowed.count, capacity)
    guard length > 0, let start = borrowed.baseAddress else { return 0 }
    target.copyMemory(from: start, byteCount: length)
    borrowed = UnsafeRawBufferPointer(rebasing: borrowed.dropFirst(length))
    return length
  }

  /// One for the process, made on first use and never changed again.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "loop buffers") else { return nil }
    BIO_meth_set_read(method) { bio, target, capacity in
      openssl_bio_clear_retry(bio)
      guard let target, let data = BIO_get_data(bio) else { return -1 }
      let transport = Unmanaged<TLSTransport>.fromOpaque(data)
      let length = transport._withUnsafeGuaranteedRef { $0.take(into: target, Int(capacity)) }
      if length == 0 {
        openssl_bio_want_read(bio)
        return -1
      }
      return Int32(length)
    }
    BIO_meth_set_write(method) { bio, source, length in
      openssl_bio_clear_retry(bio)
      guard let source, let data = BIO_get_data(bio) else { return -1 }
      Unmanaged<TLSTransport>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.outgoing.append(source, Int(length)) }
      return length
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in
      command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0
    }
    return method
  }()
}
