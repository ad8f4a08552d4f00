internal import COpenSSL

/// The functions of OpenSSL that sealing uses; the only file of this module that uses unsafe memory.
enum Cryptography {
  static let digestBytes = 32
  static let keyBytes = 32
  static let nonceBytes = 12
  static let tagBytes = 16

  /// Cryptographically random bytes.
  static func random(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      guard RAND_bytes(buffer.baseAddress, Int32(count)) == 1 else { fatalError("OpenSSL has no randomness to give") }
      filled = count
    }
  }

  static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: digestBytes) { buffer, filled in
      guard EVP_Digest(bytes, bytes.count, buffer.baseAddress, nil, EVP_sha256(), nil) == 1 else {
        fatalError("OpenSSL has no SHA-256")
      }
      filled = digestBytes
    }
  }

  /// SHA-256 of bytes that come piece by piece.
  final class RunningHash {
    private let context: OpaquePointer

    init() {
      guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
        fatalError("OpenSSL has no SHA-256")
      }
      self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    func add(_ bytes: [UInt8]) { EVP_DigestUpdate(context, bytes, bytes.count) }

    func finish() -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: digestBytes) { buffer, filled in
        EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
        filled = digestBytes
      }
    }
  }

  static func sha512(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 2 * digestBytes) { buffer, filled in
      guard EVP_Digest(bytes, bytes.count, buffer.baseAddress, nil, EVP_sha512(), nil) == 1 else {
        fatalError("OpenSSL has no SHA-512")
      }
      filled = 2 * digestBytes
    }
  }

  static func hmacSHA256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: digestBytes) { buffer, filled in
      guard HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, buffer.baseAddress, nil) != nil else {
        fatalError("OpenSSL has no HMAC")
      }
      filled = digestBytes
    }
  }

  /// Whether both are equal, in constant time.
  static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }

  /// Overwrites a secret, which the compiler cannot leave out.
  static func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
  }

  /// AES-256-GCM: the ciphertext, followed by the tag.
  static func seal(_ plain: [UInt8], key: [UInt8], nonce: [UInt8], authenticating more: [UInt8]) -> [UInt8]? {
    guard let context = context(key, nonce, isSealing: true) else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var count: Int32 = 0
    guard EVP_EncryptUpdate(context, nil, &count, more, Int32(more.count)) == 1 else { return nil }
    let sealed = [UInt8](unsafeUninitializedCapacity: plain.count + tagBytes) { buffer, filled in
      guard let start = buffer.baseAddress, EVP_EncryptUpdate(context, start, &count, plain, Int32(plain.count)) == 1,
        EVP_EncryptFinal_ex(context, start + Int(count), &count) == 1,
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), start + plain.count) == 1
      else { return }
      filled = plain.count + tagBytes
    }
    return sealed.isEmpty ? nil : sealed
  }

  /// Opens the result of ``seal(_:key:nonce:authenticating:)``; nil if any bit differs.
  static func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8], authenticating more: [UInt8]) -> [UInt8]? {
    let length = sealed.count - tagBytes
    guard length >= 0, let context = context(key, nonce, isSealing: false) else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var tag = [UInt8](sealed.suffix(tagBytes))
    var count: Int32 = 0
    guard EVP_DecryptUpdate(context, nil, &count, more, Int32(more.count)) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag) == 1
    else { return nil }
    var isWhole = false
    // One byte more than is needed: an empty value has a place to be written to as well.
    let plain = [UInt8](unsafeUninitializedCapacity: length + 1) { buffer, filled in
      guard let start = buffer.baseAddress, EVP_DecryptUpdate(context, start, &count, sealed, Int32(length)) == 1,
        EVP_DecryptFinal_ex(context, start + Int(count), &count) == 1
      else { return OPENSSL_cleanse(buffer.baseAddress, length) }
      isWhole = true
      filled = length
    }
    return isWhole ? plain : nil
  }

  private static func context(_ key: [UInt8], _ nonce: [UInt8], isSealing: Bool) -> OpaquePointer? {
    guard key.count == keyBytes, nonce.count == nonceBytes, let context = EVP_CIPHER_CTX_new() else { return nil }
    guard EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, isSealing ? 1 : 0) == 1 else {
      EVP_CIPHER_CTX_free(context)
      return nil
    }
    return context
  }
}
