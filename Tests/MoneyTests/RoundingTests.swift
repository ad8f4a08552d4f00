import SeededRandom
import Testing

@testable import Platform

@Suite struct RoundingTests {
  /// A quotient by 10, and what each mode makes of it.
  @Test(arguments: [
    (tenths: 25, halfEven: 2, halfUp: 3, down: 2, up: 3, floor: 2, ceiling: 3),
    (tenths: 35, halfEven: 4, halfUp: 4, down: 3, up: 4, floor: 3, ceiling: 4),
    (tenths: 24, halfEven: 2, halfUp: 2, down: 2, up: 3, floor: 2, ceiling: 3),
    (tenths: 26, halfEven: 3, halfUp: 3, down: 2, up: 3, floor: 2, ceiling: 3),
    (tenths: 20, halfEven: 2, halfUp: 2, down: 2, up: 2, floor: 2, ceiling: 2),
    (tenths: 1, halfEven: 0, halfUp: 0, down: 0, up: 1, floor: 0, ceiling: 1),
    (tenths: 5, halfEven: 0, halfUp: 1, down: 0, up: 1, floor: 0, ceiling: 1),
    (tenths: 0, halfEven: 0, halfUp: 0, down: 0, up: 0, floor: 0, ceiling: 0),
    (tenths: -1, halfEven: 0, halfUp: 0, down: 0, up: -1, floor: -1, ceiling: 0),
    (tenths: -5, halfEven: 0, halfUp: -1, down: 0, up: -1, floor: -1, ceiling: 0),
    (tenths: -25, halfEven: -2, halfUp: -3, down: -2, up: -3, floor: -3, ceiling: -2),
    (tenths: -35, halfEven: -4, halfUp: -4, down: -3, up: -4, floor: -4, ceiling: -3),
    (tenths: -26, halfEven: -3, halfUp: -3, down: -2, up: -3, floor: -3, ceiling: -2),
  ])
  func `a tenth is rounded`(tenths: Int, halfEven: Int, halfUp: Int, down: Int, up: Int, floor: Int, ceiling: Int) {
    let expected: [(Rounding, Int)] = [
      (.halfEven, halfEven), (.halfUp, halfUp), (.down, down), (.up, up), (.floor, floor), (.ceiling, ceiling),
    ]
    #expect(expected.count == Rounding.allCases.count)
    for (rounding, whole) in expected {
      #expect(rounding.quotient(Int128(tenths), by: 10) == Int128(whole), "\(rounding)")
    }
  }

  @Test(arguments: 0..<50)
  func `a rounded quotient is beside the exact one, on the side that its mode says`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    for _ in 0..<200 {
      let dividend = anyDividend(&random)
      let divisor = Int128(max(1, Int64(bitPattern: random.next() >> 1) >> Int64.random(in: 0...62, using: &random)))
      let floor = Rounding.floor.quotient(dividend, by: divisor)
      // Floor is defined by this alone; every other mode is floor or the next number.
      let above = dividend - floor * divisor
      #expect(above >= 0 && above < divisor)
      let next = above == 0 ? floor : floor + 1
      #expect(Rounding.ceiling.quotient(dividend, by: divisor) == next)
      #expect(Rounding.down.quotient(dividend, by: divisor) == (dividend < 0 ? next : floor))
      #expect(Rounding.up.quotient(dividend, by: divisor) == (dividend < 0 ? floor : next))
      let nearest = above * 2 < divisor ? floor : next
      if above * 2 == divisor {
        #expect(Rounding.halfEven.quotient(dividend, by: divisor) == (floor.isMultiple(of: 2) ? floor : next))
        #expect(Rounding.halfUp.quotient(dividend, by: divisor) == (dividend < 0 ? floor : next))
      } else {
        #expect(Rounding.halfEven.quotient(dividend, by: divisor) == nearest)
        #expect(Rounding.halfUp.quotient(dividend, by: divisor) == nearest)
      }
    }
  }

  private func anyDividend(_ random: inout SplitMix) -> Int128 {
    Int128(Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random))
      * Int128(Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random))
  }
}

@Suite struct RateTests {
  @Test(arguments: [
    ("100.00 EUR", "19", Rounding.halfUp, "19.00 EUR"), ("0.99 EUR", "19", .halfUp, "0.19 EUR"),
    ("0.50 EUR", "5", .halfUp, "0.03 EUR"), ("0.50 EUR", "5", .halfEven, "0.02 EUR"),
    ("0.50 EUR", "5", .down, "0.02 EUR"), ("-0.50 EUR", "5", .halfUp, "-0.03 EUR"),
    ("-0.50 EUR", "5", .floor, "-0.03 EUR"), ("-0.50 EUR", "5", .ceiling, "-0.02 EUR"),
    ("1999 JPY", "8.25", .down, "164 JPY"), ("1999 JPY", "8.25", .up, "165 JPY"),
    ("1.999 KWD", "100", .halfEven, "1.999 KWD"), ("1.999 KWD", "0", .up, "0.000 KWD"),
    ("92233720368547758.07 EUR", "100", .up, "92233720368547758.07 EUR"),
    ("92233720368547758.07 EUR", "101", .up, "overflow"), ("92233720368547758.07 EUR", "-1000", .up, "overflow"),
  ])
  func `a percentage of an amount`(amount: String, percent: String, rounding: Rounding, part: String) throws {
    let (amount, rate) = (try money(amount), try #require(Rate(percent: percent)))
    #expect(outcome { () throws(MoneyError) in try amount.times(rate, rounding) } == part)
  }

  @Test func `one rate has several forms`() throws {
    let rate = Rate(basisPoints: 825)
    #expect(Rate(percent: "8.25") == rate)
    #expect(Rate(decimal: "0.0825") == rate)
    #expect(Rate(33, of: 400) == rate)
    #expect(try #require(Rate(2, of: 3)) > rate)
    #expect(Rate(1, of: 0) == nil && Rate(1, of: -1) == nil && Rate(1, of: .min) == nil)
    #expect(Rate(Int64.min, of: 1) != nil)
  }

  @Test(arguments: ["", "a", "1%", "1.", ".1", "1e3", "0.0000000000000000001", "9223372036854775808"])
  func `another text is no rate`(text: String) {
    #expect(Rate(decimal: text) == nil)
    #expect(Rate(percent: text) == nil)
  }

  @Test(arguments: 0..<50)
  func `a line that is refunded in any split gives back the whole, and never less than nothing`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let eur = try #require(Currency("EUR"))
    let quantity = Int64(1 + random.below(40))
    let whole = Money(minorUnits: Int64(random.below(100_000)), in: eur)
    for rounding in Rounding.allCases {
      var (refunded, units) = (Money.zero(in: eur), Int64(0))
      while units < quantity {
        units = Int64.random(in: (units + 1)...quantity, using: &random)
        // What is refunded after so many units does not depend on the steps there.
        let upToHere = try whole.times(try #require(Rate(units, of: quantity)), rounding)
        #expect(try !(upToHere - refunded).isNegative)
        refunded = upToHere
      }
      #expect(refunded == whole)
    }
  }
}
