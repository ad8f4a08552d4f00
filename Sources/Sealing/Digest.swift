/// Hashes and comparisons that secrets and chains need.
public enum Digest {
  /// SHA-256: 32 bytes.
  public static func sha256(_ bytes: [UInt8]) -> [UInt8] { Cryptography.sha256(bytes) }

  /// SHA-512: 64 bytes.
  public static func sha512(_ bytes: [UInt8]) -> [UInt8] { Cryptography.sha512(bytes) }

  /// HMAC with SHA-256: 32 bytes.
  public static func hmacSHA256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    Cryptography.hmacSHA256(bytes, key: key)
  }

  /// Whether both are equal, in constant time.
  public static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool { Cryptography.areEqual(a, b) }

  /// Cryptographically random bytes.
  public static func random(_ count: Int) -> [UInt8] { Cryptography.random(count) }
}
