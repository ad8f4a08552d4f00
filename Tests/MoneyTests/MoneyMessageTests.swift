import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Platform

private typealias Amount = Platform.Money

@Suite struct MoneyMessageTests {
  @Test(arguments: ["19.99 EUR", "-0.05 EUR", "1999 JPY", "0.000 KWD", "92233720368547758.07 EUR"])
  func `an amount comes back from its message`(text: String) throws {
    let amount = try money(text)
    #expect(try Amount(amount.message(in: Arena())) == amount)
  }

  @Test(arguments: ["", "eur", "EURO", "XTS", "€"])
  func `a message in another currency is no amount`(code: String) {
    let arena = Arena()
    let message = TypeAPI.Money(in: arena)
    message.currency = Text(code, in: arena)
    #expect(throws: MoneyError.unknownCurrency) { try Amount(message) }
  }

  @Test func `a request's amount has a known currency and is within bounds`() throws {
    let message = TypeAPI.Money(in: Arena())
    message.currency = "EUR"
    message.amountMinor = 10
    var check = RequestCheck()
    #expect(check.money(message, "price", 0...10) == (try money("0.10 EUR")))
    #expect(check.money(message, "price", 0...10, in: .euro) == (try money("0.10 EUR")))
    #expect(check.money(message, "price", 0...9) == nil)
    message.currency = "EURO"
    #expect(check.money(message, "price", 0...10) == nil)
    let error = try #require(throws: RPCError.self) { try check.verify() }
    #expect(error.message == "price.amount_minor: Must be from 0 to 9. (and 1 more)")
  }

  @Test(arguments: [("USD", ""), ("JPY", "EUR"), ("KWD", "kwd")])
  func `an amount of the shop is in its currency`(shop: String, code: String) throws {
    let message = TypeAPI.Money(in: Arena())
    message.currency = message.storage.arena.text(code)
    var check = RequestCheck()
    let currency = try #require(Currency(shop))
    #expect(check.money(message, "price", 0...10, in: currency) == nil)
    let error = try #require(throws: RPCError.self) { try check.verify() }
    #expect(error.message == "price.currency: Must be \(currency), the currency of the shop.")
    message.currency = message.storage.arena.text(currency.code)
    var second = RequestCheck()
    #expect(second.money(message, "price", 0...10, in: currency) == .zero(in: currency))
    #expect(throws: Never.self) { try second.verify() }
  }
}
