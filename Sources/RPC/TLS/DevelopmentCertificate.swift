import COpenSSL
import Glibc

/// A self-signed certificate for localhost, 127.0.0.1 and ::1, so that TLS works on a developer's machine at once.
public struct DevelopmentCertificate: Sendable, Equatable {
  /// The validity of a new certificate, in days.
  public static let validityDays = 365

  /// PEM file of the certificate; clients on this machine may take it as their trust root.
  public let certificatePath: String
  /// PEM file of its ECDSA P-256 key, readable by its owner only.
  public let privateKeyPath: String
  /// Whether this call made it; false when the one from an earlier run still serves.
  public let isNew: Bool

  /// The certificate in `directory`. It is generated on first use, and again when it has expired or its files are
  /// damaged.
  ///
  /// Safe when two processes start at once: the directory is locked. Throws when `directory` is absent or cannot be
  /// written. Does file access and arithmetic: not for a loop's thread.
  public static func make(in directory: String) throws(TLSError) -> DevelopmentCertificate {
    try make(in: directory, validitySeconds: validityDays * 24 * 3600)
  }

  static func make(in directory: String, validitySeconds: Int) throws(TLSError) -> DevelopmentCertificate {
    let certificatePath = "\(directory)/development-certificate.pem"
    let keyPath = "\(directory)/development-key.pem"
    let lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0, flock(lock, LOCK_EX) == 0 else { throw PrivateFile.failure(directory) }
    defer { close(lock) }
    let serves = isUsable(certificatePath, keyPath)
    if !serves {
      let pair = try SelfSignedPair(validitySeconds: validitySeconds)
      try PrivateFile.replace(keyPath, with: pair.privateKeyPEM(), mode: 0o600)
      try PrivateFile.replace(certificatePath, with: pair.certificatePEM(), mode: 0o644)
    }
    return DevelopmentCertificate(certificatePath: certificatePath, privateKeyPath: keyPath, isNew: !serves)
  }

  /// Whether both files are there, belong together, are for localhost and have not expired.
  private static func isUsable(_ certificatePath: String, _ keyPath: String) -> Bool {
    defer { ERR_clear_error() }
    guard let certificateFile = BIO_new_file(certificatePath, "r") else { return false }
    defer { BIO_free(certificateFile) }
    guard let certificate = PEM_read_bio_X509(certificateFile, nil, nil, nil) else { return false }
    defer { X509_free(certificate) }
    guard let keyFile = BIO_new_file(keyPath, "r") else { return false }
    defer { BIO_free(keyFile) }
    guard let key = PEM_read_bio_PrivateKey(keyFile, nil, nil, nil) else { return false }
    defer { EVP_PKEY_free(key) }
    return X509_check_private_key(certificate, key) == 1
      && X509_check_host(certificate, "localhost", 0, 0, nil) == 1
      && X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0
  }
}
