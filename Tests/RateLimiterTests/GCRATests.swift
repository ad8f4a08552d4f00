import SeededRandom
import Testing

@testable import RateLimiter

private let second: Int64 = 1_000_000_000

/// The algorithm, by a clock of the tests' own.
@Suite struct GCRATests {
  @Test func `a hundred a minute is a hundred at once, and then one every 600 ms`() throws {
    let limit = try #require(RateLimit(100, per: .seconds(60)))
    #expect(limit.intervalNs == 600_000_000 && limit.burst == 100 && limit.refillNs == 60 * second)
    var arrival = GCRA.fresh
    let start = 1_000 * second
    for left in stride(from: Int64(99), through: 0, by: -1) {
      let outcome = GCRA.spend(1, at: start, arrival: arrival, limit: limit)
      #expect(outcome.decision.isAdmitted && outcome.decision.remaining == left)
      arrival = outcome.arrival
    }
    let refused = GCRA.spend(1, at: start, arrival: arrival, limit: limit)
    #expect(
      refused.decision
        == RateDecision(isAdmitted: false, remaining: 0, resetNs: 60 * second, retryNs: 600_000_000))
    #expect(refused.arrival == arrival)
    #expect(!GCRA.spend(1, at: start + 599_999_999, arrival: arrival, limit: limit).decision.isAdmitted)
    #expect(GCRA.spend(1, at: start + 600_000_000, arrival: arrival, limit: limit).decision.isAdmitted)
  }

  @Test(arguments: 0..<200)
  func `it decides as a bucket does, whatever comes when`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let limit = try #require(Self.anyLimit(&random))
    var now = Int64.random(in: 0...(1 << 60), using: &random)
    var arrival = GCRA.fresh
    var bucket = TokenBucket(limit, at: now)
    for _ in 0..<500 {
      now += Self.anyPause(limit, &random)
      let cost = Int64.random(in: 0...(limit.burst + 2), using: &random) / Int64.random(in: 1...5, using: &random)
      let outcome = GCRA.spend(cost, at: now, arrival: arrival, limit: limit)
      #expect(outcome.decision == bucket.spend(cost, at: now), "seed \(seed), cost \(cost)")
      if !outcome.decision.isAdmitted { #expect(outcome.arrival == arrival) }
      arrival = outcome.arrival
    }
  }

  @Test(arguments: 0..<50)
  func `in no stretch of time is more spent than a burst and what comes back meanwhile`(seed: UInt64) throws {
    var random = SplitMix(seed: seed &+ 1_000)
    let limit = try #require(Self.anyLimit(&random))
    var now = Int64.random(in: 0...(1 << 60), using: &random)
    var arrival = GCRA.fresh
    var spent: [(at: Int64, cost: Int64)] = []
    for _ in 0..<300 {
      now += Self.anyPause(limit, &random) / 4
      let cost = Int64.random(in: 1...max(1, limit.burst / 3), using: &random)
      let outcome = GCRA.spend(cost, at: now, arrival: arrival, limit: limit)
      arrival = outcome.arrival
      if outcome.decision.isAdmitted { spent.append((now, cost)) }
    }
    for first in spent.indices {
      var sum: Int64 = 0
      for entry in spent[first...] {
        sum += entry.cost
        #expect(sum <= limit.burst + (entry.at - spent[first].at) / limit.intervalNs, "seed \(seed)")
      }
    }
  }

  @Test(arguments: 0..<50)
  func `the time to retry is right to the nanosecond`(seed: UInt64) throws {
    var random = SplitMix(seed: seed &+ 2_000)
    let limit = try #require(Self.anyLimit(&random))
    let now = Int64.random(in: 0...(1 << 60), using: &random)
    let owing = now + Int64.random(in: 0...limit.refillNs, using: &random)
    let cost = Int64.random(in: 1...limit.burst, using: &random)
    let decision = GCRA.spend(cost, at: now, arrival: owing, limit: limit).decision
    let retry = try #require(decision.retryNs)
    #expect(GCRA.spend(cost, at: now + retry, arrival: owing, limit: limit).decision.isAdmitted)
    if retry > 0 {
      #expect(!GCRA.spend(cost, at: now + retry - 1, arrival: owing, limit: limit).decision.isAdmitted)
    }
  }

  @Test func `what costs more than a burst is never admitted, and what costs nothing is always`() throws {
    let limit = try #require(RateLimit(10, per: .seconds(1), burst: 3))
    for cost in [4, Int64.max, -1, Int64.min] {
      let outcome = GCRA.spend(cost, at: second, arrival: GCRA.fresh, limit: limit)
      #expect(!outcome.decision.isAdmitted && outcome.decision.retryNs == nil && outcome.arrival == GCRA.fresh)
    }
    let owing = second + limit.refillNs
    let asked = GCRA.spend(0, at: second, arrival: owing, limit: limit)
    #expect(asked.decision.isAdmitted && asked.decision.remaining == 0 && asked.arrival == owing)
  }

  @Test func `a limit that is lowered lets nobody owe less than nothing`() throws {
    let limit = try #require(RateLimit(1, per: .seconds(1)))
    let decision = GCRA.spend(1, at: second, arrival: 100 * second, limit: limit).decision
    #expect(decision == RateDecision(isAdmitted: false, remaining: 0, resetNs: 99 * second, retryNs: 99 * second))
  }

  @Test func `an interval that is no whole number is rounded against the caller`() throws {
    #expect(try #require(RateLimit(7, per: .seconds(60))).intervalNs == 8_571_428_572)
    #expect(try #require(RateLimit(3, per: .seconds(1))).intervalNs == 333_333_334)
  }

  @Test(arguments: [
    (0, Duration.seconds(1), 1), (-1, .seconds(1), 1), (1, .zero, 1), (1, .seconds(-1), 1), (1, .seconds(1), 0),
    (1, .seconds(1), -5), (1, .seconds(32 * 86_400), 1), (1, .seconds(Int64.max), 1), (1, .seconds(86_400), Int.max),
  ])
  func `a limit that cannot be kept is none`(count: Int, period: Duration, burst: Int) {
    #expect(RateLimit(count, per: period, burst: burst) == nil)
  }

  private static func anyLimit(_ random: inout SplitMix) -> RateLimit? {
    let counts = [1, 3, 7, 20, 100, 1_000, 1_000_000]
    let periods: [Duration] = [.milliseconds(10), .seconds(1), .seconds(60), .seconds(3_600)]
    return RateLimit(
      counts.randomElement(using: &random)!, per: periods.randomElement(using: &random)!,
      burst: Int.random(in: 1...200, using: &random))
  }

  /// Mostly short, sometimes none, sometimes longer than a burst takes to come back.
  private static func anyPause(_ limit: RateLimit, _ random: inout SplitMix) -> Int64 {
    switch Int.random(in: 0..<10, using: &random) {
    case 0...2: 0
    case 9: Int64.random(in: 0...(2 * limit.refillNs), using: &random)
    default: Int64.random(in: 0...(3 * limit.intervalNs), using: &random)
    }
  }
}
