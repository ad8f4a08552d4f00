import SeededRandom
import Testing

@testable import RateLimiter

private let second: Int64 = 1_000_000_000

/// The table: what it remembers, and what it forgets.
@Suite struct RateLimiterTests {
  static func key(_ number: some BinaryInteger) -> RateLimitKey { RateLimitKey(UInt64(number), 0, 1) }

  @Test(arguments: 0..<20)
  func `it decides for each key as the algorithm does`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let limits = [
      try #require(RateLimit(20, per: .seconds(60))), try #require(RateLimit(100, per: .seconds(1), burst: 9)),
    ]
    let limiter = RateLimiter(keysMax: 1_000)
    var arrivals: [Int: Int64] = [:]
    var now = 5 * second
    for _ in 0..<5_000 {
      now += Int64.random(in: 0...200_000_000, using: &random)
      let (number, cost) = (Int.random(in: 0..<100, using: &random), Int64.random(in: 0...4, using: &random))
      let limit = limits[number % 2]
      let wanted = GCRA.spend(cost, at: now, arrival: arrivals[number] ?? GCRA.fresh, limit: limit)
      arrivals[number] = wanted.arrival
      #expect(limiter.spend(cost, of: Self.key(number), limit: limit, now: now) == wanted.decision)
    }
    #expect(limiter.statistics.evictions == 0)
  }

  @Test func `keys differ by each of their words`() throws {
    let limit = try #require(RateLimit(1, per: .seconds(60)))
    let limiter = RateLimiter(keysMax: 10)
    let keys = [RateLimitKey(1, 2, 3), RateLimitKey(9, 2, 3), RateLimitKey(1, 9, 3), RateLimitKey(1, 2, 9)]
    for key in keys { #expect(limiter.spend(1, of: key, limit: limit, now: second).isAdmitted) }
    for key in keys { #expect(!limiter.spend(1, of: key, limit: limit, now: second).isAdmitted) }
    #expect(limiter.statistics.keys == keys.count)
  }

  @Test func `a million callers who all owe something are remembered, in 32 MiB`() throws {
    let million = 1_000_000
    let limit = try #require(RateLimit(20, per: .seconds(60)))
    let limiter = RateLimiter(keysMax: million)
    for number in 0..<million { _ = limiter.spend(20, of: Self.key(number), limit: limit, now: second) }
    #expect(
      limiter.statistics
        == RateLimiter.Statistics(capacity: 32 << 20 / SlotMemory.bytesPerSlot, keys: million, evictions: 0))
    let forgotten = (0..<million).count { limiter.spend(1, of: Self.key($0), limit: limit, now: second).isAdmitted }
    #expect(forgotten == 0)
  }

  @Test func `who only asks, or asks too much, takes no room`() throws {
    let limit = try #require(RateLimit(20, per: .seconds(60)))
    let limiter = RateLimiter(keysMax: 100)
    #expect(limiter.spend(0, of: Self.key(1), limit: limit, now: second).remaining == 20)
    #expect(!limiter.spend(21, of: Self.key(2), limit: limit, now: second).isAdmitted)
    #expect(limiter.statistics.keys == 0)
  }

  @Test func `room that nobody needs any more is used again`() throws {
    let limit = try #require(RateLimit(20, per: .seconds(60)))
    let limiter = RateLimiter(keysMax: 100)
    var now = second
    for number in 0..<100_000 {
      now += limit.intervalNs
      _ = limiter.spend(1, of: Self.key(number), limit: limit, now: now)
    }
    #expect(limiter.statistics.evictions == 0)
    #expect(limiter.statistics.keys <= limiter.statistics.capacity)
  }

  @Test func `when it is full, those go who would be free first`() throws {
    let limit = try #require(RateLimit(1, per: .seconds(86_400)))
    let limiter = RateLimiter(keysMax: 16)
    let newest = 15  // a key goes only when fifteen of the sixteen in question are newer
    for number in 0..<1_000 {
      _ = limiter.spend(1, of: Self.key(number), limit: limit, now: second + Int64(number))
      for known in max(0, number - newest + 1)...number {
        #expect(limiter.spend(0, of: Self.key(known), limit: limit, now: 2 * second).remaining == 0)
      }
    }
    let statistics = limiter.statistics
    #expect(statistics.keys == statistics.capacity)
    #expect(statistics.evictions == 1_000 - statistics.capacity)
  }

  @Test func `a crowd that owes little does not make room for one who owes much`() throws {
    let limit = try #require(RateLimit(20, per: .seconds(60)))
    let limiter = RateLimiter(keysMax: 1_000)
    let abuser = RateLimitKey(0, 0, 99)
    #expect(limiter.spend(20, of: abuser, limit: limit, now: second).isAdmitted)
    for number in 0..<100_000 { _ = limiter.spend(1, of: Self.key(number), limit: limit, now: second) }
    #expect(!limiter.spend(1, of: abuser, limit: limit, now: second).isAdmitted)
    #expect(limiter.statistics.evictions > 90_000)
  }

  // MARK: Several threads

  @Test(arguments: [1, 16, 1_000])
  func `threads that spend at once are never given one unit too many, nor too few`(keys: Int) throws {
    let (threads, burst) = (8, 100)
    let limit = try #require(RateLimit(burst, per: .seconds(60)))
    let limiter = RateLimiter(keysMax: 10_000)
    let admitted = (0..<keys).map { _ in Counter() }
    onThreads(threads) { thread in
      var random = SplitMix(seed: UInt64(thread))
      // Each key is asked for twice as much as there is.
      for _ in 0..<(2 * burst / threads) {
        for number in (0..<keys).shuffled(using: &random)
        where limiter.spend(1, of: Self.key(number), limit: limit, now: second).isAdmitted {
          admitted[number].add(1)
        }
      }
    }
    #expect(admitted.allSatisfy { $0.value == Int64(burst) }, "\(Set(admitted.map(\.value)))")
  }

  @Test func `a key that threads enter at once is entered once`() throws {
    let (threads, keys) = (4, 20_000)
    let limit = try #require(RateLimit(1, per: .seconds(60)))
    let limiter = RateLimiter(keysMax: keys)
    let admitted = Counter()
    onThreads(threads) { _ in
      for number in 0..<keys where limiter.spend(1, of: Self.key(number), limit: limit, now: second).isAdmitted {
        admitted.add(1)
      }
    }
    #expect(admitted.value == Int64(keys))
    #expect(limiter.statistics.keys == keys)
  }

  @Test func `while time passes, all threads together spend what comes back, and no more`() throws {
    let limit = try #require(RateLimit(1_000, per: .seconds(1), burst: 10))
    let limiter = RateLimiter(keysMax: 100)
    let (clock, admitted) = (Counter(), Counter())
    clock.add(second)
    onThreads(4) { thread in
      for _ in 0..<50_000 {
        let now = clock.add(10_000)  // ten microseconds: a hundred requests for each unit
        if limiter.spend(1, of: Self.key(7), limit: limit, now: now).isAdmitted { admitted.add(1) }
      }
    }
    let passed = clock.value - second
    let wanted = limit.burst + passed / limit.intervalNs
    #expect(admitted.value <= wanted && admitted.value >= wanted - 2, "\(admitted.value) of \(wanted)")
  }

  @Test func `keys that crowd each other out on several threads are counted, and nothing else breaks`() throws {
    let limit = try #require(RateLimit(1, per: .seconds(86_400)))
    let limiter = RateLimiter(keysMax: 16)
    onThreads(4) { thread in
      for number in 0..<20_000 {
        _ = limiter.spend(1, of: Self.key(number * 4 + thread), limit: limit, now: second + Int64(number))
      }
    }
    let statistics = limiter.statistics
    #expect(statistics.keys == statistics.capacity)
    #expect(statistics.evictions == 80_000 - statistics.capacity)
  }
}
