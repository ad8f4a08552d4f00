internal import COpenSSL

/// Codes of an authenticator: TOTP (RFC 6238) with SHA-1, six digits and steps of 30 seconds, which every authenticator
/// supports.
public struct OneTimeCode: Sendable {
  /// The length of a secret in bytes: as long as the hash.
  public static let secretBytes = 20
  /// The duration of a step in seconds.
  public static let stepSeconds: Int64 = 30
  private static let digits = 6
  private static let modulus: UInt32 = 1_000_000
  /// The maximum difference of clocks in steps.
  private static let driftSteps: Int64 = 1

  private let secret: [UInt8]

  /// The codes of a secret.
  public init(secret: [UInt8]) { self.secret = secret }

  /// Whether `text` has the form of a code: six digits.
  public static func isWellFormed(_ text: String) -> Bool {
    text.utf8.count == digits && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The step of a time, in seconds since 1970.
  public static func step(at seconds: Int64) -> Int64 { seconds / stepSeconds }

  /// The code of a step.
  public func code(step: Int64) -> String {
    let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(56 - 8 * $0)) }
    let hash = Self.hmacSHA1(counter, key: secret)
    let offset = Int(hash[hash.count - 1] & 15)
    let number = hash[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
    let text = String(number % Self.modulus)
    return String(repeating: "0", count: Self.digits - text.count) + text
  }

  /// The step of the code `code`, near `seconds` and after `lastStep`, which is the step of the last accepted code; nil
  /// for a wrong or used code.
  public func step(of code: String, at seconds: Int64, after lastStep: Int64) -> Int64? {
    let present = Self.step(at: seconds)
    var found: Int64?
    // All steps are compared, so the time reveals nothing.
    for step in present - Self.driftSteps...present + Self.driftSteps where matches(code, step) {
      found = step
    }
    return found.flatMap { $0 > lastStep ? $0 : nil }
  }

  private func matches(_ code: String, _ step: Int64) -> Bool {
    let (given, right) = (Array(code.utf8), Array(self.code(step: step).utf8))
    return given.count == right.count && CRYPTO_memcmp(given, right, right.count) == 0
  }

  static func hmacSHA1(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 20)
    guard HMAC(EVP_sha1(), key, Int32(key.count), bytes, bytes.count, &digest, nil) != nil else {
      fatalError("OpenSSL has no HMAC")
    }
    return digest
  }
}
