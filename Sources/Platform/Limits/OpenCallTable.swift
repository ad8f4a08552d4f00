internal import RateLimiter
internal import Synchronization

/// The exact number of open calls of each caller, over all loops of the process. It has no entry for a caller without
/// open calls, so it never has more entries than there are open calls.
final class OpenCallTable: Sendable {
  private final class Shard: Sendable { let counts = Mutex<[RateLimitKey: Int]>([:]) }

  /// Loops hardly ever meet at one of them. A power of two.
  private static let shardCount = 64
  /// Spreads what has few random bits, such as addresses, over the shards.
  private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

  private let shards = (0..<shardCount).map { _ in Shard() }

  /// Adds one of `key`'s, unless there are `max` of them already. From any thread.
  func enter(_ key: RateLimitKey, max: Int) -> Bool {
    shard(of: key).counts.withLock { counts in
      let open = counts[key] ?? 0
      if open >= max { return false }
      counts[key] = open + 1
      return true
    }
  }

  /// Takes away one of `key`'s that was entered. From any thread.
  func leave(_ key: RateLimitKey) {
    shard(of: key).counts.withLock { counts in
      guard let open = counts[key] else { return }
      counts[key] = open > 1 ? open - 1 : nil
    }
  }

  /// Callers that have something open, once for calls and once for streams.
  var callers: Int { shards.reduce(0) { $0 + $1.counts.withLock { $0.count } } }

  private func shard(of key: RateLimitKey) -> Shard {
    let mixed = (key.words.0 ^ key.words.1 ^ key.words.2) &* Self.multiplier
    return shards[Int(truncatingIfNeeded: (mixed >> 32) & UInt64(Self.shardCount - 1))]
  }
}
