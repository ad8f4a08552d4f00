internal import COpenSSL

/// A key pair for ECDSA with P-256 and SHA-256 (ES256 of RFC 7518).
public final class SigningKey: @unchecked Sendable {
  // OpenSSL's keys may be used by several threads at once; nothing here changes one.
  private let key: OpaquePointer

  /// Generates a key pair.
  public init() {
    guard let made = openssl_make_p256_key() else { fatalError("OpenSSL makes no P-256 key") }
    key = made
  }

  /// Reads ``privateBytes``; nil for anything else.
  public init?(privateBytes: [UInt8]) {
    var bytes = privateBytes
    let read: OpaquePointer? = bytes.withUnsafeMutableBufferPointer { buffer in
      var next = buffer.baseAddress.map { UnsafePointer($0) }
      return d2i_AutoPrivateKey(nil, &next, buffer.count)
    }
    guard let read else { return nil }
    guard openssl_is_p256(read) == 1 else {
      EVP_PKEY_free(read)
      return nil
    }
    key = read
  }

  deinit { EVP_PKEY_free(key) }

  /// The private key in DER. Secret.
  public var privateBytes: [UInt8] {
    var start: UnsafeMutablePointer<UInt8>?
    let count = i2d_PrivateKey(key, &start)
    guard count > 0, let start else { return [] }
    defer { openssl_free_secret(start, Int(count)) }
    return Array(UnsafeBufferPointer(start: start, count: Int(count)))
  }

  /// The public key.
  public var verifying: VerifyingKey {
    var start: UnsafeMutablePointer<UInt8>?
    let count = EVP_PKEY_get1_encoded_public_key(key, &start)
    defer { openssl_free_secret(start, count) }
    guard let verifying = VerifyingKey(point: Array(UnsafeBufferPointer(start: start, count: count))) else {
      fatalError("a P-256 key has no public point")
    }
    return verifying
  }

  /// The signature of `message`: r and s, 32 bytes each. Nil when OpenSSL fails.
  public func sign(_ message: [UInt8]) -> [UInt8]? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    var der = [UInt8](repeating: 0, count: 80)
    var count = der.count
    guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
      EVP_DigestSign(context, &der, &count, message, message.count) == 1
    else { return nil }
    var raw = [UInt8](repeating: 0, count: VerifyingKey.signatureBytes)
    return openssl_raw_signature(der, count, &raw) == 1 ? raw : nil
  }
}

/// The public key of a ``SigningKey``.
public final class VerifyingKey: @unchecked Sendable {
  static let signatureBytes = 64
  private static let pointBytes = 65
  private static let pointMark: UInt8 = 4

  /// The uncompressed point: 4, x, y.
  public let point: [UInt8]
  private let key: OpaquePointer

  /// The key of a point; nil when the point is not on the curve.
  public init?(point: [UInt8]) {
    guard point.count == Self.pointBytes, point[0] == Self.pointMark, let key = openssl_p256_key(point, point.count)
    else { return nil }
    self.point = point
    self.key = key
  }

  /// The key of two coordinates, as in a JSON Web Key.
  public convenience init?(x: [UInt8], y: [UInt8]) { self.init(point: [Self.pointMark] + x + y) }

  deinit { EVP_PKEY_free(key) }

  /// Both coordinates, 32 bytes each.
  public var coordinates: (x: [UInt8], y: [UInt8]) { (Array(point[1...32]), Array(point[33...64])) }

  /// Whether `signature` is the signature of `message` by this key's other half.
  public func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard signature.count == Self.signatureBytes, let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    var der = [UInt8](repeating: 0, count: 80)
    let count = openssl_der_signature(signature, &der, der.count)
    let isValid =
      count > 0 && EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
      && EVP_DigestVerify(context, der, Int(count), message, message.count) == 1
    ERR_clear_error()  // a bad signature leaves a complaint that TLS would take for its own
    return isValid
  }
}
