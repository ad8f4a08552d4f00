/// A currency of ISO 4217 that has a minor unit.
///
/// The list has all active currencies and funds. Metals, the codes for tests and for no currency, and units of account
/// without a minor unit (`XAU`, `XTS`, `XDR`) are not in it: no price can be in them.
package struct Currency: Hashable, Sendable {
  /// The code in capitals: `EUR`.
  package let code: String
  /// The number of decimals of its amounts: 2 for `EUR`, 0 for `JPY`, 3 for `KWD`.
  package let exponent: Int

  /// The currency of an ISO 4217 code in capitals; nil for anything else.
  package init?(_ code: some StringProtocol) {
    let code = String(code)
    guard let exponent = Self.exponents[code] else { return nil }
    self.code = code
    self.exponent = exponent
  }

  private init(code: String, exponent: Int) {
    self.code = code
    self.exponent = exponent
  }

  /// The euro.
  package static let euro = Currency(code: "EUR", exponent: 2)

  /// Every currency, in the order of the codes.
  package static let all = exponents.map(Currency.init(code:exponent:)).sorted { $0.code < $1.code }

  private static let exponents: [String: Int] = [
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW \
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR \
    ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV \
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD \
    SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
  ].reduce(into: [:]) { exponents, group in
    for code in group.value.split(separator: " ") { exponents[String(code)] = group.key }
  }
}

extension Currency: CustomStringConvertible {
  /// The code.
  package var description: String { code }
}
