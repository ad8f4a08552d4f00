internal import CArgon2
internal import CCrypt
internal import Sealing

/// What is stored of a password: Argon2id, in its own text form with salt and costs.
///
/// Making and checking one takes tens of milliseconds and megabytes on purpose: never on a loop.
public struct PasswordHash: Sendable, Equatable {
  /// How dear it is to try a password.
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

    /// What OWASP asks for: 19 MiB, two passes, one lane.
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

  /// What was stored.
  public init(text: String) { self.text = text }

  /// The hash of a password, with a salt of its own; nil when there is no memory for it.
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

  /// Whether it is the hash of `password`. Passwords imported from elsewhere may stand as bcrypt.
  public func matches(_ password: String) -> Bool {
    if isBcrypt { return Self.bcryptMatches(password, text) }
    let password = Array(password.utf8)
    return argon2id_verify(text, password, password.count) == 0
  }

  /// Whether it should be made anew when the password is at hand: bcrypt, or other costs than `cost`.
  public func isOutdated(for cost: Cost = .usual) -> Bool {
    !text.hasPrefix("$argon2id$v=19$m=\(cost.memoryKiB),t=\(cost.passes),p=\(Self.lanes)$")
  }

  private var isBcrypt: Bool { text.hasPrefix("$2") }

  private static func bcryptMatches(_ password: String, _ stored: String) -> Bool {
    // libcrypt reads to the NUL: what stands behind one would not count.
    if password.utf8.contains(0) { return false }
    var data = crypt_data()
    guard let made = crypt_r(password, stored, &data) else { return false }
    return Digest.areEqual(Array(String(cString: made).utf8), Array(stored.utf8))
  }
}
