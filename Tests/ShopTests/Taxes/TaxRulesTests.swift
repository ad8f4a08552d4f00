import Platform
import Postgres
import Pricing
import Protobuf
import RPC
import TaxesAPI
import Testing
import TypeAPI

@testable import Taxes

/// A destination, goods and a buyer, and the tax of 100 EUR.
struct TaxCase: Sendable, CustomTestStringConvertible {
  let what: String
  var country: String
  var region = ""
  var postalCode = ""
  var category = ""
  var number = ""
  var settings: [String: String] = [:]
  let outcome: String

  var testDescription: String { what }

  static let inUnion = [
    TaxCase(what: "at home", country: "DE", outcome: "8403 + 1597 = 10000 rates: 19 %"),
    TaxCase(
      what: "at home, reduced", country: "DE", category: "reduced", outcome: "9346 + 654 = 10000 rates: 7 %"),
    TaxCase(
      what: "at home, a category without a rate", country: "DE", category: "books",
      outcome: "8403 + 1597 = 10000 rates: 19 %"),
    TaxCase(what: "a consumer in Austria", country: "AT", outcome: "8403 + 1681 = 10084 rates: 20 %"),
    TaxCase(
      what: "a consumer in Austria, the same for everybody", country: "AT", settings: ["price_basis": "2"],
      outcome: "8333 + 1667 = 10000 rates: 20 %"),
    TaxCase(
      what: "a consumer in a part of Austria with a rate of its own", country: "AT", postalCode: "6691",
      outcome: "8403 + 1597 = 10000 rates: 19 %"),
    TaxCase(
      what: "a consumer in a member state without rates", country: "IT", outcome: "8403 + 1597 = 10000 rates: 19 %"),
    TaxCase(
      what: "a business in Austria", country: "AT", number: "ATU13585627", outcome: "8403 + 0 = 8403 reverseCharge"),
    TaxCase(
      what: "a business in Austria, the same for everybody", country: "AT", number: "ATU13585627",
      settings: ["price_basis": "2"], outcome: "8333 + 0 = 8333 reverseCharge"),
    TaxCase(
      what: "a business whose number nobody has checked", country: "AT", number: "EE100931558",
      outcome: "8403 + 1681 = 10084 rates: 20 %"),
    TaxCase(
      what: "a business whose check is too old", country: "AT", number: "HU12892312",
      outcome: "8403 + 1681 = 10084 rates: 20 %"),
    TaxCase(
      what: "a number that is not registered", country: "AT", number: "FI20774740",
      outcome: "8403 + 1681 = 10084 rates: 20 %"),
    TaxCase(
      what: "a business at home", country: "DE", number: "DE136695976", outcome: "8403 + 1597 = 10000 rates: 19 %"),
    TaxCase(
      what: "a business of the home country that has it sent to Austria", country: "AT", number: "DE136695976",
      outcome: "8403 + 1681 = 10084 rates: 20 %"),
    TaxCase(
      what: "a business in Northern Ireland", country: "GB", postalCode: "bt1 5gs", number: "XI980780684",
      outcome: "8403 + 0 = 8403 reverseCharge"),
    TaxCase(
      what: "the same number in England", country: "GB", postalCode: "SW1Y 4JH", number: "XI980780684",
      outcome: "8403 + 0 = 8403 export"),
    TaxCase(what: "export", country: "CH", outcome: "8403 + 0 = 8403 export"),
    TaxCase(
      what: "export, the same for everybody", country: "CH", settings: ["price_basis": "2"],
      outcome: "10000 + 0 = 10000 export"),
    TaxCase(
      what: "prices without tax", country: "AT", settings: ["prices_include_tax": "false"],
      outcome: "10000 + 2000 = 12000 rates: 20 %"),
    TaxCase(
      what: "export of prices without tax", country: "CH", settings: ["prices_include_tax": "false"],
      outcome: "10000 + 0 = 10000 export"),
    TaxCase(what: "an exempt company", country: "DE", number: "4711", outcome: "8403 + 0 = 8403 exempt"),
    TaxCase(
      what: "an exempt company elsewhere", country: "AT", number: "47-11",
      outcome: "8403 + 1681 = 10084 rates: 20 %"),
    TaxCase(
      what: "a company whose exemption has ended", country: "DE", number: "4712",
      outcome: "8403 + 1597 = 10000 rates: 19 %"),
  ]

  static let inAmerica = [
    TaxCase(
      what: "state, county and city", country: "US", region: "CA", postalCode: "90012-1234",
      outcome: "10000 + 950 = 10950 rates: 6 %, 1.25 %, 2.25 %"),
    TaxCase(
      what: "state and county", country: "US", region: "CA", postalCode: "91001",
      outcome: "10000 + 725 = 10725 rates: 6 %, 1.25 %"),
    TaxCase(what: "state alone", country: "US", region: "CA", outcome: "10000 + 600 = 10600 rates: 6 %"),
    TaxCase(
      what: "food, which the state does not tax", country: "US", region: "CA", postalCode: "90012", category: "food",
      outcome: "10000 + 350 = 10350 rates: 0 %, 1.25 %, 2.25 %"),
    TaxCase(what: "a state without rates", country: "US", region: "OR", outcome: "10000 + 0 = 10000 noRate"),
    TaxCase(
      what: "an exempt school", country: "US", region: "CA", postalCode: "90012", number: "4713",
      outcome: "10000 + 0 = 10000 exempt"),
    TaxCase(
      what: "a school of another state", country: "US", region: "CA", number: "4714",
      outcome: "10000 + 600 = 10600 rates: 6 %"),
    TaxCase(
      what: "Quebec: GST and QST", country: "CA", region: "QC", outcome: "10000 + 1498 = 11498 rates: 5 %, 9.975 %"),
    TaxCase(
      what: "Ontario: HST instead of GST", country: "CA", region: "ON", outcome: "10000 + 1300 = 11300 rates: 13 %"),
    TaxCase(what: "Alberta: GST", country: "CA", region: "AB", outcome: "10000 + 500 = 10500 rates: 5 %"),
    TaxCase(
      what: "Prince Edward Island: a tax on the tax", country: "CA", region: "PE",
      outcome: "10000 + 1550 = 11550 rates: 5 %, 10 %"),
  ]
}

extension ShopTests {
  /// Which rates are charged, and why.
  @Suite struct TaxRulesTests {
    /// Rates, exemptions and checked numbers of all cases.
    private static func fill(_ node: TestNode, _ shop: TestShop) async throws {
      let rates: [(area: String, percent: String, order: Int, more: String)] = [
        ("\"country\": \"DE\"", "19", 1, ""), ("\"country\": \"DE\"", "7", 1, ", \"category\": \"reduced\""),
        ("\"country\": \"AT\"", "20", 1, ""), ("\"country\": \"AT\", \"postal_code_from\": \"6691\"", "19", 1, ""),
        ("\"country\": \"US\", \"region\": \"CA\"", "6", 1, ""),
        ("\"country\": \"US\", \"region\": \"CA\"", "0", 1, ", \"category\": \"food\""),
        (
          "\"country\": \"US\", \"region\": \"CA\", \"postal_code_from\": \"900\", \"postal_code_to\": \"919\"", "1.25",
          2, ""
        ),
        ("\"country\": \"US\", \"region\": \"CA\", \"postal_code_from\": \"90012\"", "2.25", 3, ""),
        ("\"country\": \"CA\"", "5", 1, ""), ("\"country\": \"CA\", \"region\": \"ON\"", "13", 1, ""),
        ("\"country\": \"CA\", \"region\": \"QC\"", "9.975", 2, ""),
        ("\"country\": \"CA\", \"region\": \"PE\"", "10", 2, ", \"is_compound\": true"),
      ]
      for rate in rates { try await node.createTaxRate(rate.area, rate.percent, rate.more, order: rate.order) }
      try await node.createExemption("\"tax_number\": \"4711\", \"areas\": [{\"country\": \"DE\"}]")
      try await node.createExemption("\"tax_number\": \"4712\", \"valid_until\": \"2025-12-31\"")
      try await node.createExemption(
        "\"tax_number\": \"4713\", \"areas\": [{\"country\": \"FR\"}, {\"country\": \"US\", \"region\": \"CA\"}]")
      try await node.createExemption("\"tax_number\": \"4714\", \"areas\": [{\"country\": \"US\", \"region\": \"NY\"}]")
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO taxes.checked_number (tax_number, is_registered, checked_at, expires_at)
          SELECT n.number, n.number <> 'FI20774740', now() - interval '3 days',
                 now() + CASE n.number WHEN 'HU12892312' THEN -1 ELSE 1 END * interval '1 hour'
            FROM unnest('{ATU13585627,DE136695976,XI980780684,FI20774740,HU12892312}'::text[]) n (number)
          """)
      }
    }

    private static func expect(_ cases: [TaxCase], usual: [String: String]) async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        try await Self.fill(node, shop)
        for one in cases {
          try await node.setTaxSettings(usual.merging(one.settings) { $1 })
          let line = """
            {"tax_category": "\(one.category)", "unit_price": {"amount_minor": 10000, "currency": "EUR"}}
            """
          let place = """
            "country": "\(one.country)", "region": "\(one.region)", "postal_code": "\(one.postalCode)"
            """
          let response = try await node.calculateTax([line], to: place, ", \"tax_number\": \"\(one.number)\"")
          #expect(response.line() == one.outcome, "\(one.what)")
          #expect(response.total?.amountMinor == response.lines[0].gross?.amountMinor)
        }
      }
    }

    @Test("in the European Union and out of it")
    func union() async throws { try await Self.expect(TaxCase.inUnion, usual: [:]) }

    @Test("in the USA and in Canada, from prices without tax")
    func america() async throws {
      try await Self.expect(
        Array(TaxCase.inAmerica.prefix(7)), usual: ["prices_include_tax": "false", "home_country": "\"US\""])
      try await Self.expect(
        Array(TaxCase.inAmerica.dropFirst(7)), usual: ["prices_include_tax": "false", "home_country": "\"CA\""])
    }

    @Test("a rate holds from midnight to midnight in the time zone of the shop")
    func midnight() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        try await nodes[0].createTaxRate("\"country\": \"DE\"", "19", ", \"valid_until\": \"2027-06-30\"")
        try await nodes[0].createTaxRate("\"country\": \"DE\"", "16", ", \"valid_from\": \"2027-07-01\"")
        // 2027-06-30T22:00:00Z is midnight in Berlin; in New York it is 04:00 the next day.
        let midnight = Instant(clamping: 1_814_392_800_000_000)
        for (zone, change) in [("Europe/Berlin", midnight), ("America/New_York", midnight + .seconds(6 * 3_600))] {
          try await nodes[0].setTaxSettings(["time_zone": "\"\(zone)\""])
          for (time, millionths) in [(change - .microseconds(1), 190_000), (change, 160_000)] as [(Instant, Int64)] {
            let charged = try await shop.run { database in
              try await TaxRules.rates(
                for: [TaxableGoods(product: nil)], to: TaxedDestination(country: "DE"), buyer: TaxedBuyer(), at: time,
                in: database
              ).goods[0].rates.charged.map(\.millionths)
            }
            #expect(charged == [millionths], "\(zone)")
          }
        }
      }
    }

    @Test("a product has its own category, or the nearest one above it")
    func categories() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        for (category, percent) in [("", "19"), ("a", "1"), ("b", "2"), ("c", "3")] {
          try await node.createTaxRate("\"country\": \"DE\"", percent, ", \"category\": \"\(category)\"")
        }
        let (product, near, far) = (TestID.next(), TestID.next(), TestID.next())
        for (subject, category) in [(product, "a"), (near, "b"), (far, "c")] {
          try await node.setTaxCategory(subject, category)
        }
        func percent(_ json: String) async throws -> String {
          let line = "{\(json), \"unit_price\": {\"amount_minor\": 10000, \"currency\": \"EUR\"}}"
          let taxed = try await node.calculateTax([line], to: "\"country\": \"DE\"").lines[0]
          return "\(taxed.taxes.first?.percent.string ?? "") \(taxed.explanation?.category.string ?? "")"
        }
        #expect(try await percent("\"product_id\": \"\(product)\", \"category_ids\": [\"\(near)\"]") == "1 a")
        #expect(try await percent("\"category_ids\": [\"\(near)\", \"\(far)\"]") == "2 b")
        #expect(try await percent("\"category_ids\": [\"\(TestID.next())\", \"\(far)\"]") == "3 c")
        #expect(try await percent("\"product_id\": \"\(product)\", \"tax_category\": \"c\"") == "3 c")
        #expect(try await percent("\"product_id\": \"\(TestID.next())\"") == "19 ")
        try await node.setTaxCategory(product, "")
        #expect(try await percent("\"product_id\": \"\(product)\", \"category_ids\": [\"\(near)\"]") == "2 b")
        #expect(try await shop.number { "SELECT count(*) AS n FROM taxes.category_assignment" } == 2)
      }
    }

    @Test("shipping is taxed as the goods are, by rates of its own, or not")
    func shipping() async throws {
      try await TestShop.make(products: 0).serve { nodes in
        let node = nodes[0]
        try await node.createTaxRate("\"country\": \"DE\"", "20")
        try await node.createTaxRate("\"country\": \"DE\"", "10", ", \"category\": \"reduced\"")
        try await node.createTaxRate(
          "\"country\": \"DE\"", "5", ", \"category\": \"parcel\", \"applies_to_shipping\": true")
        let lines = ["reduced", ""].map {
          "{\"tax_category\": \"\($0)\", \"unit_price\": {\"amount_minor\": 1000, \"currency\": \"EUR\"}}"
        }
        let cases = [
          ("1", "1000 + 150 = 1150 rates: 10 %, 20 %"), ("2", "1000 + 50 = 1050 rates: 5 %"),
          ("3", "1000 + 0 = 1000 notTaxed"),
        ]
        for (mode, outcome) in cases {
          try await node.setTaxSettings([
            "prices_include_tax": "false", "shipping_tax": mode, "shipping_category": "\"parcel\"",
          ])
          let response = try await node.calculateTax(
            lines, to: "\"country\": \"DE\"",
            ", \"shipping_price\": {\"amount_minor\": 1000, \"currency\": \"EUR\"}")
          #expect(response.shippingText == outcome)
          #expect(!response.pricesIncludeTax)
        }
      }
    }

    @Test("tax is rounded as the settings say")
    func rounding() async throws {
      try await TestShop.make(products: 0).serve { nodes in
        let node = nodes[0]
        try await node.createTaxRate("\"country\": \"DE\"", "10")
        let lines = Array(
          repeating: "{\"quantity\": 3, \"unit_price\": {\"amount_minor\": 5, \"currency\": \"EUR\"}}", count: 2)
        // Ten per cent of 5, of 15 and of 30.
        let cases = [
          ("unit", "1", "1", 6), ("unit, to the even", "1", "2", 0), ("line", "2", "1", 4),
          ("line, to the even", "2", "2", 4),
          ("line, down", "2", "3", 2), ("line, up", "2", "4", 4), ("order", "3", "1", 3),
        ]
        for (what, level, mode, tax) in cases {
          try await node.setTaxSettings([
            "prices_include_tax": "false", "rounding_level": level, "rounding_mode": mode,
          ])
          let response = try await node.calculateTax(lines, to: "\"country\": \"DE\"")
          #expect(response.tax?.amountMinor == Int64(tax), "\(what)")
        }
      }
    }

    @Test("an account is exempt by itself, and what is known of a number is said")
    func buyers() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let user = TestID.next()
        try await nodes[0].createTaxRate("\"country\": \"DE\"", "19")
        let exemption = try await nodes[0].createExemption("\"user_id\": \"\(user)\"").id.string
        func taxes(_ user: String?, _ number: String?) async throws -> CartTaxes {
          try await shop.run { database in
            try await TaxRules.rates(
              for: [TaxableGoods(product: nil)], to: TaxedDestination(country: "DE"),
              buyer: TaxedBuyer(user: user.flatMap { ID($0) }, taxNumber: number), at: .now, in: database)
          }
        }
        #expect(try await taxes(user, nil).goods[0].cause == .exempt(exemption: try #require(ID(exemption))))
        #expect(try await taxes(TestID.next(), nil).goods[0].cause == .rates)
        let states: [(String?, BuyerNumberState)] = [
          (nil, .none), ("", .none), ("x", .malformed), ("DE136695975", .wrongCheckDigits),
          ("DE136695976", .notChecked),
        ]
        for (number, state) in states { #expect(try await taxes(nil, number).number == state) }
      }
    }

    @Test("the number of statements does not depend on the goods, and rates are found by their index")
    func statements() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO taxes.tax_rate (title, country, region, postal_from, postal_to, rate_millionths, place)
          SELECT 'City', 'US', chr(65 + n % 26), lpad(n::text, 5, '0'), lpad(n::text, 5, '0'), 10000, 2
            FROM generate_series(1, 20000) n
          """)
        try await database.execute("ANALYZE taxes.tax_rate")
        let query = RateCandidates.query(
          TaxedDestination(country: "US", region: "C", postalCode: "00080"), home: "DE", ["", "a"], on: "2027-01-01")
        let plan = try await database.rows("EXPLAIN (COSTS OFF) \(query)", access: .write)
          .map { try $0.string("QUERY PLAN") }.joined(separator: "\n")
        #expect(plan.contains("tax_rate_of_area") && !plan.contains("Seq Scan"), "\(plan)")
      }
      try await shop.serve(loops: 1) { nodes in
        for count in [1, 100] {
          let line = """
            {"product_id": "\(TestID.next())", "category_ids": ["\(TestID.next())"],
             "unit_price": {"amount_minor": 100, "currency": "EUR"}}
            """
          let asked = try await nodes[0].statements {
            _ = try await nodes[0].calculateTax(
              Array(repeating: line, count: count), to: "\"country\": \"US\", \"region\": \"C\"")
          }
          #expect(asked == 3)
        }
      }
    }
  }
}
