import COpenSSL

/// A list of application protocol names in the format of RFC 7301 (length-prefixed), at a fixed address.
final class ApplicationProtocols {
  let wire: UnsafeBufferPointer<UInt8>
  /// Whether a peer that never heard of ALPN may still be served: as HTTP/1.1, as such peers expect.
  let servesPeersWithoutALPN: Bool

  /// Names longer than 255 bytes, and empty ones, cannot be written and are left out.
  init(_ names: [String]) {
    var bytes: [UInt8] = []
    for name in names where (1...255).contains(name.utf8.count) {
      bytes.append(UInt8(name.utf8.count))
      bytes.append(contentsOf: name.utf8)
    }
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    _ = copy.initialize(from: bytes)
    wire = UnsafeBufferPointer(copy)
    servesPeersWithoutALPN = names.contains("http/1.1")
  }

  deinit { wire.deallocate() }

  /// Server: selects the first own protocol that the peer offers, or ends the handshake with `no_application_protocol`.
  func select(on context: OpaquePointer) {
    SSL_CTX_set_alpn_select_cb(
      context,
      { _, chosen, chosenLength, offered, offeredLength, argument in
        let ours = Unmanaged<ApplicationProtocols>.fromOpaque(argument!).takeUnretainedValue().wire
        var start: UnsafeMutablePointer<UInt8>?
        let found = SSL_select_next_proto(
          &start, chosenLength, ours.baseAddress, UInt32(ours.count), offered, offeredLength)
        guard found == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        chosen?.pointee = UnsafePointer(start)
        return SSL_TLSEXT_ERR_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Client: offers them all. False when OpenSSL is out of memory.
  func offer(on context: OpaquePointer) -> Bool {
    SSL_CTX_set_alpn_protos(context, wire.baseAddress, UInt32(wire.count)) == 0
  }
}
