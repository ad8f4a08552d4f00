import SeededRandom
import Testing

@testable import Platform

/// Amounts by their texts, so that a table can be read aloud.
func money(_ text: String) throws -> Money { try #require(Money(text), "\(text) is no amount") }

/// What a computation gives: its text, or the error.
func outcome(_ compute: () throws(MoneyError) -> Money) -> String {
  do throws(MoneyError) {
    return try compute().description
  } catch {
    return "\(error)"
  }
}

@Suite struct MoneyTests {
  private static let most = "92233720368547758.07 EUR"
  private static let least = "-92233720368547758.08 EUR"

  @Test(arguments: [
    ("19.99 EUR", "0.01 EUR", "20.00 EUR", "19.98 EUR"),
    ("0.00 EUR", "0.01 EUR", "0.01 EUR", "-0.01 EUR"),
    ("500 JPY", "-700 JPY", "-200 JPY", "1200 JPY"),
    ("0.001 KWD", "1.999 KWD", "2.000 KWD", "-1.998 KWD"),
    (most, "0.01 EUR", "overflow", "92233720368547758.06 EUR"),
    (least, "0.01 EUR", "-92233720368547758.07 EUR", "overflow"),
    (least, least, "overflow", "0.00 EUR"),
    ("1.00 EUR", "1 JPY", "differentCurrencies(EUR, JPY)", "differentCurrencies(EUR, JPY)"),
  ])
  func `amounts are added and subtracted`(a: String, b: String, sum: String, difference: String) throws {
    let (a, b) = (try money(a), try money(b))
    #expect(outcome { () throws(MoneyError) in try a + b } == sum)
    #expect(outcome { () throws(MoneyError) in try a - b } == difference)
  }

  @Test(arguments: [
    ("19.99 EUR", 3, "59.97 EUR"), ("-1 JPY", 1_000, "-1000 JPY"), ("7.77 EUR", 0, "0.00 EUR"),
    (most, 2, "overflow"), (least, -1, "overflow"), (most, -1, "-92233720368547758.07 EUR"),
    (least, Int64.min, "overflow"),
  ])
  func `an amount is multiplied by a quantity`(a: String, quantity: Int64, product: String) throws {
    let a = try money(a)
    #expect(outcome { () throws(MoneyError) in try a * quantity } == product)
  }

  @Test func `the sum of many needs room for its result alone, whatever the order`() throws {
    let amounts = [try money(Self.most), try money(Self.most), try money(Self.least), try money(Self.least)]
    let eur = amounts[0].currency
    #expect(try amounts.sum(in: eur) == money("-0.02 EUR"))
    #expect(try amounts.reversed().sum(in: eur) == money("-0.02 EUR"))
    #expect(throws: MoneyError.overflow) { try amounts.prefix(2).sum(in: eur) }
    #expect(throws: MoneyError.self) { try [money("1 JPY")].sum(in: eur) }
    #expect(try [].sum(in: eur).isZero)
  }

  @Test func `amounts of one currency are compared, and of two are not`() throws {
    let (one, two, yen) = (try money("1.00 EUR"), try money("2.00 EUR"), try money("1 JPY"))
    #expect(try one < two && two > one && one <= two && two >= one && one <= one && one >= one)
    #expect(try !(two < one) && !(one < one) && !(one > one))
    #expect(try Money.least(one, two) == one && Money.greatest(one, two) == two)
    #expect(throws: MoneyError.differentCurrencies(one.currency, yen.currency)) { try one < yen }
    #expect(one != Money(minorUnits: 100, in: yen.currency))
  }

  @Test(arguments: [
    ("19.99 EUR", 1_999, "EUR"), ("-0.05 EUR", -5, "EUR"), ("0.00 EUR", 0, "EUR"), ("1999 JPY", 1_999, "JPY"),
    ("1.999 KWD", 1_999, "KWD"), ("0.1999 CLF", 1_999, "CLF"), (most, Int64.max, "EUR"), (least, Int64.min, "EUR"),
  ])
  func `an amount has one text`(text: String, minorUnits: Int64, code: String) throws {
    let amount = Money(minorUnits: minorUnits, in: try #require(Currency(code)))
    #expect(amount.description == text)
    #expect(try money(text) == amount)
  }

  @Test(arguments: [
    "", "1", "EUR", "1 eur", "1 XTS", "1  EUR", " 1 EUR", "1 EUR ", "1.000 EUR", "1,00 EUR", "1.EUR", "1. EUR",
    ".5 EUR", "- EUR", "-.5 EUR", "--1 EUR", "+1 EUR", "1e2 EUR", "0x1 EUR", "١ EUR", "1.0 JPY", "1.1.1 EUR",
    "92233720368547758.08 EUR", "99999999999999999999999999999999999999999999 EUR", "NaN EUR",
  ])
  func `another text is no amount`(text: String) {
    #expect(Money(text) == nil)
  }

  @Test(arguments: [("5 EUR", "5.00 EUR"), ("5.1 KWD", "5.100 KWD"), ("-0 EUR", "0.00 EUR"), ("007 JPY", "7 JPY")])
  func `fewer decimals and more zeros are understood`(text: String, canonical: String) throws {
    #expect(try money(text).description == canonical)
  }

  @Test func `every amount comes back from its text`() throws {
    var random = SplitMix(seed: 7)
    for _ in 0..<2_000 {
      let currency = try #require(Currency.all.randomElement(using: &random))
      let minorUnits = Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
      let amount = Money(minorUnits: minorUnits, in: currency)
      #expect(Money(amount.description) == amount)
    }
  }
}

@Suite struct CurrencyTests {
  @Test(arguments: [
    ("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("CLP", 0), ("ISK", 0), ("HUF", 2), ("KWD", 3), ("TND", 3),
    ("CLF", 4), ("UYW", 4), ("MGA", 2), ("MRU", 2),
  ])
  func `the exponent is that of ISO 4217`(code: String, exponent: Int) throws {
    #expect(try #require(Currency(code)).exponent == exponent)
  }

  @Test(arguments: ["", "eur", "EU", "EURO", "XTS", "XAU", "XDR", "HRK", "DEM", "EUR "])
  func `other codes are no currency`(code: String) {
    #expect(Currency(code) == nil)
  }

  @Test func `every code is three capitals`() {
    #expect(Currency.all.count == 165)
    #expect(Currency.all.allSatisfy { $0.code.wholeMatch(of: #/[A-Z]{3}/#) != nil })
  }
}
