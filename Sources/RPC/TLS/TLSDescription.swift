internal import COpenSSL

/// A description of a connection's encryption, for channelz.
struct TLSDescription: Sendable {
  /// The name in the standards, such as TLS_AES_128_GCM_SHA256.
  let cipherSuite: String
  /// Certificates in DER; empty where an end has shown none.
  let localCertificate: [UInt8]
  let remoteCertificate: [UInt8]

  /// `session` is OpenSSL's, after its handshake.
  init(_ session: OpaquePointer) {
    let cipher = SSL_get_current_cipher(session)
    cipherSuite = cipher.flatMap { SSL_CIPHER_standard_name($0) }.map { String(cString: $0) } ?? ""
    localCertificate = Self.bytes(of: SSL_get_certificate(session))
    remoteCertificate = Self.bytes(of: SSL_get0_peer_certificate(session))
  }

  private static func bytes(of certificate: OpaquePointer?) -> [UInt8] {
    guard let certificate else { return [] }
    let length = Int(i2d_X509(certificate, nil))
    guard length > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      var end = buffer.baseAddress
      count = max(0, Int(i2d_X509(certificate, &end)))
    }
  }
}
