import SeededRandom
import Testing

@testable import RateLimiter

@Suite struct KeyHashTests {
  @Test func `nobody knows where a key stands`() {
    let key = RateLimitKey(1, 2, 3)
    #expect(Set((0..<100).map { _ in KeyHash.random(key) }).count == 100)
  }

  @Test func `one secret gives a key one place`() {
    var (one, same) = (SplitMix(seed: 5), SplitMix(seed: 5))
    let (first, second) = (KeyHash(using: &one), KeyHash(using: &same))
    let key = RateLimitKey(.max, 0, 77)
    #expect(first(key) == second(key))
  }

  @Test(arguments: UInt64(0)..<100)
  func `keys in a row stand apart under every secret`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let hash = KeyHash(using: &random)
    var counts = Array(repeating: 0, count: 1 << 14)
    for number in 0..<UInt64(100_000) { counts[Int(hash(RateLimitKey(number, 0, 1)) >> 50)] += 1 }
    #expect(counts.max()! < 30)
  }

  /// What an attacker could choose: addresses in a row, or such as differ in a few bits, wherever these are.
  @Test(arguments: 0..<3, [0, 8, 16, 24, 32, 40, 47])
  func `keys that look alike stand apart`(word: Int, shift: UInt64) {
    var random = SplitMix(seed: 11)
    let hash = KeyHash(using: &random)
    let (keys, places) = (100_000, 1 << 14)
    var fingerprints = Set<UInt64>()
    var counts = Array(repeating: 0, count: places)
    for number in 0..<UInt64(keys) {
      let varied = number << shift
      let fingerprint = hash(RateLimitKey(word == 0 ? varied : 1, word == 1 ? varied : 2, word == 2 ? varied : 3))
      fingerprints.insert(fingerprint)
      counts[Int(fingerprint % UInt64(places))] += 1
    }
    #expect(fingerprints.count == keys)
    // Six in each place on average; by chance alone, thirty come together once in a million tables.
    #expect(counts.max()! < 30)
  }
}
