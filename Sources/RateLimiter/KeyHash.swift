/// Hashes keys under a secret: who does not know it cannot make keys that crowd one place of the table, nor two keys
/// that are taken for each other. For any two keys, that happens with a chance of 1 in 2^64, over all secrets.
///
/// Multilinear hashing in 128 bits, of which the upper half counts: strongly universal, and so few multiplications
/// that a processor has begun to fetch the next key's slot from memory before it is done with this one's.
///
/// Sources: M. Dietzfelbinger, "Universal hashing and k-wise independence via integer arithmetic without primes", 1996;
/// D. Lemire and O. Kaser, "Strongly universal string hashing is fast", 2014.
struct KeyHash: Sendable {
  private let factors: (UInt128, UInt128, UInt128)
  private let addend: UInt128

  /// A secret out of `generator`.
  init(using generator: inout some RandomNumberGenerator) {
    func number() -> UInt128 { UInt128.random(in: .min ... .max, using: &generator) }
    factors = (number(), number(), number())
    addend = number()
  }

  /// A random secret.
  static var random: KeyHash {
    var generator = SystemRandomNumberGenerator()
    return KeyHash(using: &generator)
  }

  /// A bijective mixing of numbers. Without it, consecutive keys would be at equal distances, which under some secrets
  /// soon collide.
  @inline(__always)
  private static func mixed(_ number: UInt64) -> UInt64 {
    let folded = (number ^ number >> 32) &* 0x9E37_79B9_7F4A_7C15
    return folded ^ folded >> 29
  }

  @inline(__always)
  func callAsFunction(_ key: RateLimitKey) -> UInt64 {
    let (a, b, c) = key.words
    let sum = factors.0 &* UInt128(a) &+ factors.1 &* UInt128(b) &+ factors.2 &* UInt128(c) &+ addend
    return Self.mixed(UInt64(truncatingIfNeeded: sum >> 64))
  }
}
