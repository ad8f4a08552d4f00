import COpenSSL

/// A new ECDSA P-256 key and a self-signed certificate for this machine.
final class SelfSignedPair {
  /// The tolerance for clocks of peers that are slow, in seconds.
  private static let clockSkewSeconds = 300

  private let key: OpaquePointer
  private let certificate: OpaquePointer

  /// Good from now (a little before) for `validitySeconds`; negative makes an expired one.
  init(validitySeconds: Int) throws(TLSError) {
    ERR_clear_error()
    guard let key = openssl_make_p256_key() else { throw TLSError.setupFailed(TLSError.takeReason()) }
    guard let certificate = X509_new() else {
      EVP_PKEY_free(key)
      throw TLSError.setupFailed(TLSError.takeReason())
    }
    self.key = key
    self.certificate = certificate
    guard Self.fill(certificate, key, validitySeconds) else {
      throw TLSError.setupFailed(TLSError.takeReason())
    }
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  func certificatePEM() throws(TLSError) -> [UInt8] {
    try Self.text { PEM_write_bio_X509($0, certificate) }
  }

  func privateKeyPEM() throws(TLSError) -> [UInt8] {
    try Self.text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
  }

  private static func fill(_ certificate: OpaquePointer, _ key: OpaquePointer, _ validitySeconds: Int) -> Bool {
    let name = X509_get_subject_name(certificate)
    let subject = Array("FastShop development".utf8)
    let earliest = min(0, validitySeconds) - clockSkewSeconds
    return X509_set_version(certificate, Int(X509_VERSION_3)) == 1
      && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), .random(in: 1...UInt64(Int64.max))) == 1
      && X509_gmtime_adj(X509_getm_notBefore(certificate), earliest) != nil
      && X509_gmtime_adj(X509_getm_notAfter(certificate), validitySeconds) != nil
      && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, subject, Int32(subject.count), -1, 0) == 1
      && X509_set_issuer_name(certificate, name) == 1
      && X509_set_pubkey(certificate, key) == 1
      && extend(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1")
      && extend(certificate, NID_basic_constraints, "critical,CA:FALSE")
      && extend(certificate, NID_ext_key_usage, "serverAuth")
      && extend(certificate, NID_subject_key_identifier, "hash")
      && X509_sign(certificate, key, EVP_sha256()) > 0
  }

  private static func extend(_ certificate: OpaquePointer, _ nid: Int32, _ value: String) -> Bool {
    guard let fresh = openssl_make_extension(certificate, nid, value) else { return false }
    defer { X509_EXTENSION_free(fresh) }
    return X509_add_ext(certificate, fresh, -1) == 1
  }

  private static func text(_ write: (OpaquePointer) -> Int32) throws(TLSError) -> [UInt8] {
    guard let memory = BIO_new(BIO_s_mem()) else { throw TLSError.setupFailed(TLSError.takeReason()) }
    defer { BIO_free(memory) }
    guard write(memory) == 1 else { throw TLSError.setupFailed(TLSError.takeReason()) }
    var start: UnsafeMutablePointer<CChar>?
    let count = openssl_memory_bio_bytes(memory, &start)
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
