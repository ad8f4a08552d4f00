internal import Synchronization

/// Decides which keys may proceed, for a bounded number of keys and from any number of threads at once. It is exact:
/// however many threads use one key, it never admits a unit more than the limit.
///
/// The table has a fixed size and open addressing. A key has sixteen possible slots, in two groups that its hash
/// selects. A key in the table is charged by one compare-and-swap, without a lock; a new one is entered under the lock
/// of its shard, so that it cannot be entered twice. A slot whose time has passed counts as empty. When all sixteen are
/// in use, the one that would be free first is evicted and counted: its key starts again with a full allowance.
public final class RateLimiter: Sendable {
  /// Statistics of the table.
  public struct Statistics: Sendable, Equatable {
    /// Slots in all.
    public var capacity = 0
    /// Slots that hold a key, also one whose time has passed.
    public var keys = 0
    /// Keys that had to make room before their time had passed.
    public var evictions = 0
  }

  private struct Counts {
    var keys = 0
    var evictions = 0
  }

  private final class Shard: Sendable { let counts = Mutex(Counts()) }

  /// Slots in a group: two cache lines, which processors fetch together.
  private static let slotsPerGroup = 8
  /// A key goes to its first group until so many slots of it are taken, then to the emptier of both: found at once as a
  /// rule, and yet groups hardly ever overflow.
  private static let firstGroupFill = 6
  /// A slot is dropped when its time has passed for this long: the threads' clocks may be apart by a loop's turn.
  private static let quietNs: Int64 = 1_000_000_000
  private static let shardBits: UInt64 = 8

  private let memory: SlotMemory
  private let hash: KeyHash
  private let groupMask: UInt64
  private let shards: [Shard]

  /// A limiter that has room for `keysMax` keys that owe something at the same time. Its memory is 32 bytes for each,
  /// rounded up to a power of two in all; the system gives it as keys come.
  public convenience init(keysMax: Int) { self.init(keysMax: keysMax, hash: .random) }

  init(keysMax: Int, hash: KeyHash) {
    precondition(keysMax > 0 && keysMax <= 1 << 32, "a limiter for \(keysMax) keys")
    var slots = Self.slotsPerGroup * 4
    while slots < keysMax * 2 { slots *= 2 }
    memory = SlotMemory(count: slots)
    self.hash = hash
    groupMask = UInt64(slots / Self.slotsPerGroup - 1)
    shards = (0..<(1 << Self.shardBits)).map { _ in Shard() }
  }

  /// The statistics of the table.
  public var statistics: Statistics {
    var sum = Statistics(capacity: memory.count)
    for shard in shards {
      let counts = shard.counts.withLock { $0 }
      sum.keys += counts.keys
      sum.evictions += counts.evictions
    }
    return sum
  }

  /// Spends `cost` of what `key` may spend under `limit`, if that much is left at `now`, in nanoseconds of a clock that
  /// all callers share and that began before them. A cost of 0 only asks. From any thread.
  public func spend(_ cost: Int64, of key: RateLimitKey, limit: RateLimit, now: Int64) -> RateDecision {
    let fingerprint = max(1, hash(key))
    let (first, second) = groups(fingerprint)
    if let decision = charge(fingerprint, first, cost, limit, now) { return decision }
    if let decision = charge(fingerprint, second, cost, limit, now) { return decision }
    let (decision, arrival) = GCRA.spend(cost, at: now, arrival: GCRA.fresh, limit: limit)
    if !decision.isAdmitted || cost == 0 { return decision }
    let shard = shards[Int(truncatingIfNeeded: fingerprint >> (64 - Self.shardBits))]
    return shard.counts.withLock { counts in
      enter(Slot(fingerprint: fingerprint, arrival: arrival), cost, limit, now, &counts) ?? decision
    }
  }

  /// Charges the key if it is in the group.
  @inline(__always)
  private func charge(
    _ fingerprint: UInt64, _ group: Int, _ cost: Int64, _ limit: RateLimit, _ now: Int64
  ) -> RateDecision? {
    let index = find(fingerprint, group)
    if index < 0 { return nil }
    while true {
      let slot = memory.slot(index)
      if slot.fingerprint != fingerprint { return nil }  // it had to make room just now
      let (decision, arrival) = GCRA.spend(cost, at: now, arrival: slot.arrival, limit: limit)
      if arrival == slot.arrival { return decision }
      if memory.exchange(index, slot, for: Slot(fingerprint: fingerprint, arrival: arrival)) { return decision }
    }
  }

  /// The index of the fingerprint in the group; -1 if it is not there.
  ///
  /// All slots are read: the position of a key is unpredictable, and a mispredicted branch would wait for memory.
  @inline(__always)
  private func find(_ fingerprint: UInt64, _ group: Int) -> Int {
    var found = -1
    for offset in 0..<Self.slotsPerGroup {
      found = memory.fingerprint(group &+ offset) == fingerprint ? offset : found
    }
    return found < 0 ? found : group &+ found
  }

  /// Enters a key, under its shard's lock.
  /// - Returns: the decision, if another thread has entered the key meanwhile.
  private func enter(
    _ slot: Slot, _ cost: Int64, _ limit: RateLimit, _ now: Int64, _ counts: inout Counts
  ) -> RateDecision? {
    let (first, second) = groups(slot.fingerprint)
    while true {
      if let decision = charge(slot.fingerprint, first, cost, limit, now) { return decision }
      if let decision = charge(slot.fingerprint, second, cost, limit, now) { return decision }
      let (index, old) = place(first, second, now)
      guard memory.exchange(index, old, for: slot) else { continue }  // another shard's key came first
      if old.fingerprint == 0 { counts.keys += 1 } else if !Self.isQuiet(old, now) { counts.evictions += 1 }
      return nil
    }
  }

  /// The slot for a new key, and its current contents.
  private func place(_ first: Int, _ second: Int, _ now: Int64) -> (index: Int, old: Slot) {
    let (a, b) = (survey(first, now), survey(second, now))
    if a.taken < Self.firstGroupFill || a.taken < b.taken { return (a.index, a.oldest) }
    if b.taken < a.taken { return (b.index, b.oldest) }
    return a.oldest.arrival <= b.oldest.arrival ? (a.index, a.oldest) : (b.index, b.oldest)
  }

  /// The number of slots in use in a group, and the one that is or will be free first.
  private func survey(_ group: Int, _ now: Int64) -> (taken: Int, index: Int, oldest: Slot) {
    var taken = 0
    var best = (index: group, slot: memory.slot(group))
    for index in group..<(group + Self.slotsPerGroup) {
      let slot = memory.slot(index)
      if slot.fingerprint != 0 && !Self.isQuiet(slot, now) { taken += 1 }
      if slot.arrival < best.slot.arrival { best = (index, slot) }
    }
    return (taken, best.index, best.slot)
  }

  private static func isQuiet(_ slot: Slot, _ now: Int64) -> Bool { slot.arrival <= now &- quietNs }

  /// The first slots of a key's two groups, which differ.
  @inline(__always)
  private func groups(_ fingerprint: UInt64) -> (Int, Int) {
    let first = fingerprint & groupMask
    var second = (((fingerprint >> 32) &* 0x9E37_79B9_7F4A_7C15) >> 20) & groupMask
    if second == first { second ^= 1 }
    return (Int(truncatingIfNeeded: first) &* Self.slotsPerGroup, Int(truncatingIfNeeded: second) &* Self.slotsPerGroup)
  }
}
