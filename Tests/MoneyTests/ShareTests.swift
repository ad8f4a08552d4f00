import SeededRandom
import Testing

@testable import Platform

private typealias Weight = Money.Weight<String>

/// Shares of an amount by weights whose keys are a, b, c, …: their minor units.
private func shares(_ whole: String, _ weights: [Int64]) throws -> [Int64] {
  let keys = "abcdefghij".map(String.init)
  return try Money.share(out: money(whole), by: zip(keys, weights).map(Weight.init)).map(\.minorUnits)
}

@Suite struct ShareTests {
  @Test(
    arguments: [
      ("three equal parts of a euro", "1.00 EUR", [1, 1, 1], [34, 33, 33]),
      ("two cents for three", "0.02 EUR", [5, 5, 5], [1, 1, 0]),
      ("the largest remainder first", "1.00 EUR", [1, 1, 4], [17, 17, 66]),
      ("a discount as large as the goods", "-3.00 EUR", [100, 50, 150], [-100, -50, -150]),
      ("a negative whole is shared like its opposite", "-1.00 EUR", [1, 1, 1], [-34, -33, -33]),
      ("yen", "100 JPY", [1, 2], [33, 67]),
      ("a weight of 0 gets nothing", "0.05 EUR", [0, 3, 0, 3], [0, 3, 0, 2]),
      ("one share", "0.07 EUR", [9], [7]),
      ("nothing is shared out", "0.00 EUR", [3, 4], [0, 0]),
      ("nothing is shared out by nothing", "0.00 EUR", [0, 0], [0, 0]),
      ("nothing for nobody", "0.00 EUR", [], []),
      ("the most that there is", "92233720368547758.07 EUR", [.max, .max], [4_611_686_018_427_387_904, .max / 2]),
      ("the least that there is", "-92233720368547758.08 EUR", [.max], [.min]),
    ] as [(String, String, [Int64], [Int64])])
  func `an amount is shared out`(_ story: String, whole: String, weights: [Int64], expected: [Int64]) throws {
    #expect(try shares(whole, weights) == expected, "\(story)")
  }

  @Test func `what cannot be shared out is refused`() throws {
    #expect(throws: MoneyError.nothingToShareBy) { try shares("0.01 EUR", [0, 0]) }
    #expect(throws: MoneyError.nothingToShareBy) { try shares("0.01 EUR", []) }
    #expect(throws: MoneyError.negativeWeight) { try shares("0.01 EUR", [1, -1]) }
    let twice = [Weight("a", 1), Weight("a", 2)]
    #expect(throws: MoneyError.repeatedKey) { try Money.share(out: money("0.01 EUR"), by: twice) }
  }

  @Test(arguments: 0..<300)
  func `shares sum to the whole, keep its sign, and do not depend on the order`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let eur = try #require(Currency("EUR"))
    let weights = (0..<(1 + random.below(20))).map { key in
      // Few distinct weights, so that there are many ties.
      Money.Weight(key, random.chance(1, in: 4) ? 0 : Int64(1 + random.below(seed < 150 ? 4 : 1_000_000)))
    }
    let total = weights.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return }
    let whole = Int64.random(in: -2_000_000...2_000_000, using: &random) / (seed.isMultiple(of: 3) ? 100_000 : 1)
    let amount = Money(minorUnits: whole, in: eur)
    let shares = try Money.share(out: amount, by: weights)

    #expect(shares.count == weights.count)
    #expect(try shares.sum(in: eur) == amount)
    for (share, weight) in zip(shares, weights) {
      #expect(share.minorUnits.signum() * whole.signum() >= 0)
      #expect(abs(Int128(share.minorUnits) * Int128(total) - Int128(whole) * Int128(weight.weight)) < Int128(total))
      if weight.weight == 0 { #expect(share.isZero) }
      if whole.magnitude <= total { #expect(share.minorUnits.magnitude <= weight.weight) }
    }
    let shuffled = weights.shuffled(using: &random)
    let others = try Money.share(out: amount, by: shuffled)
    #expect(zip(shuffled, others).allSatisfy { shares[$0.key] == $1 })
    let opposite = try Money.share(out: -amount, by: weights)
    #expect(try zip(shares, opposite).allSatisfy { try ($0 + $1).isZero })
  }

  @Test(arguments: 0..<100)
  func `a platform's and a seller's parts are the amount, for sales and refunds`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let eur = try #require(Currency("EUR"))
    let commission = Int64(random.below(10_001))
    let parts = [Money.Weight("platform", commission), Money.Weight("seller", 10_000 - commission)]
    for _ in 0..<50 {
      let amount = Money(minorUnits: Int64.random(in: -1_000_000...1_000_000, using: &random), in: eur)
      #expect(try Money.share(out: amount, by: parts).sum(in: eur) == amount)
    }
  }
}
