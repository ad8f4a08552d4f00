internal import CArgon2
internal import CCrypt
internal import Sealing

/// A stored password hash: Argon2id, in its encoded form with salt and costs.
///
/// Computing and verifying a hash takes tens of milliseconds and megabytes on purpose: never do it on a loop.
public struct PasswordHash: Sendable, Equatable {
  /// The cost of a hash.
  public struct Cost: Sendable, Equatable {
    /// Memory in KiB.
    public let memoryKiB: UInt32
    /// Passes over the memory.
    public let passes: UInt32

    /// A cost.
    public init(memoryKiB: UInt32, passes: UInt32) {
      self.memoryKiB = memoryKiB
      self.passes = passes
    }

    /// The parameters that OWASP recommends: 19 MiB, two passes, one lane.
    public static let usual = Cost(memoryKiB: 19 * 1024, passes: 2)

    #if DEBUG
      /// Next to nothing, for tests that sign people in by the thousand. No release build has it.
      public static let ofTests = Cost(memoryKiB: 64, passes: 1)
    #endif
  }

  private static let saltBytes = 16
  private static let hashBytes = 32
  private static let textBytesMax = 256
  private static let lanes: UInt32 = 1

  /// The stored form.
  public let text: String

  /// A stored hash.
  public init(text: String) { self.text = text }

  /// Computes the hash of a password with a new salt; nil when there is not enough memory.
  public init?(of password: String, cost: Cost = .usual) {
    let salt = Digest.random(Self.saltBytes)
    let password = Array(password.utf8)
    var encoded = [CChar](repeating: 0, count: Self.textBytesMax)
    let result = argon2id_hash_encoded(
      cost.passes, cost.memoryKiB, Self.lanes, password, password.count, salt, salt.count, Self.hashBytes, &encoded,
      encoded.count)
    guard result == 0 else { return nil }  // ARGON2_OK
    text = encoded.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// Whether the hash is that of `password`. Imported hashes may be bcrypt.
  public func matches(_ password: String) -> Bool {
    if isBcrypt { return Self.bcryptMatches(password, text) }
    let password = Array(password.utf8)
    return argon2id_verify(text, password, password.count) == 0
  }

  /// Whether the hash should be replaced when the password is at hand: bcrypt, or another cost than `cost`.
  public func isOutdated(for cost: Cost = .usual) -> Bool {
    !text.hasPrefix("$argon2id$v=19$m=\(cost.memoryKiB),t=\(cost.passes),p=\(Self.lanes)$")
  }

  private var isBcrypt: Bool { text.hasPrefix("$2") }

  private static func bcryptMatches(_ password: String, _ stored: String) -> Bool {
    // libcrypt ignores everything after a NUL byte.
    if password.utf8.contains(0) { return false }
    var data = crypt_data()
    guard let made = crypt_r(password, stored, &data) else { return false }
    return Digest.areEqual(Array(String(cString: made).utf8), Array(stored.utf8))
  }
}
