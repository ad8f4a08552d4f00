import Testing

@testable import Taxes

/// Tax numbers of the European Union: their form and check digits.
@Suite struct TaxNumberTests {
  /// At least one of each country; several kinds where there are some.
  private static let good = [
    "ATU13585627", "BE0428759497", "BG175074752", "BG7523169263", "CY10259033P", "CZ25123891", "CZ7103192745",
    "CZ640903926", "DE136695976", "DK13585628", "EE100931558", "EL094259216", "ESJ99216582", "ES54362315K",
    "ESX2482300W", "ESK0867756N", "FI20774740", "FR40303265045", "FRK7399859412", "FR83404833048", "HR33392005961",
    "HU12892312", "IE6433435F", "IE6433435OA", "IE8D79739I", "IT00743110157", "LT119511515", "LT290061371314",
    "LU15027442", "LV40003521600", "LV16117519997", "MT11679112", "NL004495445B01", "PL8567346215", "PT501964843",
    "RO18547290", "SE123456789701", "SE556188840401", "SI50223054", "SK2022749619", "XI980780684", "XIGD123",
    "XIHA567",
  ]
  /// Those without a check digit.
  private static let unchecked: Set<String> = ["CZ640903926", "LV16117519997", "XIGD123", "XIHA567"]

  @Test("the rules have a number of every country", arguments: TaxNumberRules.all.keys.sorted())
  func everyCountry(_ country: String) {
    #expect(Self.good.contains { $0.hasPrefix(country) }, "\(country)")
    #expect(country == "XI" || UnionArea.members.contains(country == "EL" ? "GR" : country))
    #expect(TaxNumberRules.all.count == UnionArea.members.count + 1)
  }

  @Test("a good number is one, however it is written", arguments: good)
  func goodNumbers(_ text: String) throws {
    #expect(try TaxNumber(text).text == text)
    let written = " \(text.prefix(2)) \(text.dropFirst(2).prefix(3).lowercased()).\(text.dropFirst(5))-"
    #expect(try TaxNumber(written).text == text)
  }

  @Test("most changes of a digit are noticed")
  func wrongDigits() {
    for text in Self.good where !Self.unchecked.contains(text) {
      // None of the digits there is a check digit, or behind it.
      let place = text.index(text.startIndex, offsetBy: 5)
      let digit = text[place].wholeNumberValue
      #expect(digit != nil, "\(text)")
      let others = (0...9).filter { $0 != digit }.map { other in
        text.replacingCharacter(at: place, by: Character("\(other)"))
      }
      let faults = others.filter { (try? TaxNumber($0)) == nil }
      #expect(faults.count >= 5, "\(text): \(faults)")
    }
    #expect(throws: TaxNumber.Fault.wrongCheckDigits) { try TaxNumber("DE136695975") }
  }

  @Test(
    "what has not the form of its country is malformed",
    arguments: [
      "", "DE", "DE13669597", "DE1366959760", "DEA36695976", "XX136695976", "136695976", "U13585627", "GB980780684",
      "CH123456789", "ATU1358562", "AT13585627", "NL004495445A01", "FRO0303265045", "BE2428759497", "DE\u{661}36695976",
      "DE136695976; DROP TABLE", "SE123456789799", "IE6433435FZ",
    ])
  func malformed(_ text: String) {
    #expect(throws: TaxNumber.Fault.malformed) { try TaxNumber(text) }
  }

  @Test("old numbers get their leading 0, and Greece and Northern Ireland have their countries")
  func forms() throws {
    #expect(try TaxNumber("BE428759497").text == "BE0428759497")
    #expect(try TaxNumber("GR94259216").text == "EL094259216")
    #expect(try TaxNumber("EL094259216").country == "GR")
    #expect(try TaxNumber("XI980780684").country == "GB")
  }

  @Test(
    "percent is exact in both directions",
    arguments: [
      ("0", 0), ("19", 190_000), ("9.975", 99_750), ("0.0001", 1), ("1000", 10_000_000), ("8.25", 82_500),
      ("20.50", 205_000),
    ])
  func percent(_ text: String, _ millionths: Int64) {
    #expect(TaxRateFields.millionths(ofPercent: text) == millionths)
    #expect(TaxRateFields.millionths(ofPercent: TaxedAmountWriter.percent(millionths)) == millionths)
  }
}

extension String {
  fileprivate func replacingCharacter(at place: Index, by character: Character) -> String {
    String(self[..<place]) + String(character) + String(self[index(after: place)...])
  }
}
