internal import COpenSSL

// Keys of other issuers, besides ECDSA: only verification is supported.

/// RSA with PKCS #1 padding and SHA-256 (RS256 of RFC 7518).
public final class RSAVerifyingKey: @unchecked Sendable {
  /// 2,048 bits, as RFC 7518 requires, up to 8,192: a larger key would block the loop.
  private static let modulusBytes = 256...1_024
  private static let exponentBytes = 1...8
  private static let exponentMin: UInt64 = 3
  // OpenSSL's keys may be used by several threads at once; nothing here changes one.
  private let key: OpaquePointer
  private let signatureBytes: Int

  /// The key of a modulus and an exponent, as in a JSON Web Key. Nil for a modulus below 2,048 bits, and for an
  /// exponent that would verify forged signatures.
  public init?(modulus: [UInt8], exponent: [UInt8]) {
    guard Self.modulusBytes.contains(modulus.count), modulus[0] >= 0x80 || modulus.count > Self.modulusBytes.lowerBound,
      modulus[0] != 0, modulus[modulus.count - 1] & 1 == 1, Self.exponentBytes.contains(exponent.count)
    else { return nil }
    let power = exponent.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard power >= Self.exponentMin, power & 1 == 1,
      let key = openssl_rsa_key(modulus, modulus.count, exponent, exponent.count)
    else { return nil }
    self.key = key
    signatureBytes = modulus.count
  }

  deinit { EVP_PKEY_free(key) }

  /// Whether `signature` is the signature of `message` by this key's other half.
  public func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    signature.count == signatureBytes && verifies(signature, message, with: key, EVP_sha256())
  }
}

/// EdDSA with Curve25519 (EdDSA of RFC 8037).
public final class Ed25519VerifyingKey: @unchecked Sendable {
  private static let pointBytes = 32
  private static let signatureBytes = 64
  private let key: OpaquePointer

  /// The key of a point, as in a JSON Web Key; nil unless it has 32 bytes.
  public init?(point: [UInt8]) {
    guard point.count == Self.pointBytes,
      let key = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, point, point.count)
    else { return nil }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// Whether `signature` is the signature of `message` by this key's other half.
  public func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    signature.count == Self.signatureBytes && verifies(signature, message, with: key, nil)
  }
}

private func verifies(_ signature: [UInt8], _ message: [UInt8], with key: OpaquePointer, _ hash: OpaquePointer?) -> Bool
{
  guard let context = EVP_MD_CTX_new() else { return false }
  defer { EVP_MD_CTX_free(context) }
  let isValid =
    EVP_DigestVerifyInit(context, nil, hash, nil, key) == 1
    && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  ERR_clear_error()  // a bad signature leaves a complaint that TLS would take for its own
  return isValid
}
