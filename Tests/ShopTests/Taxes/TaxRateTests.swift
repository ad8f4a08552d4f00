import Platform
import Postgres
import Protobuf
import RPC
import TaxesAPI
import Testing

@testable import Taxes

extension ShopTests {
  /// Rates, tax categories, exemptions and settings themselves.
  @Suite struct TaxRateTests {
    private static let germany = "\"country\": \"DE\""

    @Test("a rate has what was set, and changes in what the mask names")
    func changes() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve { nodes in
        let node = nodes[0]
        let area = "\"country\": \"us\", \"region\": \"NY\", \"postal_code_from\": \"100-0\""
        let made = try await node.createTaxRate(
          area, "9.9750", ", \"category\": \"food\", \"valid_from\": \"2027-01-01\", \"applies_to_shipping\": true")
        #expect(made.area?.country == "US" && made.area?.region == "NY" && made.area?.postalCodeTo == "1000")
        #expect(made.percent == "9.975" && made.validFrom == "2027-01-01" && made.validUntil.isEmpty)
        #expect(made.appliesToShipping && !made.isCompound && made.order == 1 && made.etag == "v1")
        let id = made.id.string
        let changed = try await node.updateTaxRate(id, ", \"percent\": \"0\", \"etag\": \"v1\"")
        #expect(changed.percent == "0" && changed.title == made.title && changed.etag == "v2")
        let open = try await node.updateTaxRate(id, "", mask: "validFrom,appliesToShipping")
        #expect(open.validFrom.isEmpty && !open.appliesToShipping)
        let stale = await failure { try await node.updateTaxRate(id, ", \"title\": \"A\", \"etag\": \"v1\"") }
        #expect(stale?.code == .aborted && stale?.metadata["etag"] == "v3")
        let fixed = await failure { try await node.updateTaxRate(id, ", \"category\": \"a\"", mask: "category") }
        #expect(fixed?.fields == ["update_mask"])
        let ended = try await node.updateTaxRate(id, ", \"valid_until\": \"2027-01-31\"")
        #expect(ended.validUntil == "2027-01-31")
        let early = await failure { try await node.updateTaxRate(id, ", \"valid_from\": \"2027-02-01\"") }
        #expect(early?.code == .invalidArgument && early?.fields == ["tax_rate.valid_until"])
        let told = try await shop.run { database in
          try await database.rows(
            "SELECT e.type FROM platform.event e WHERE e.key = \(id)::uuid ORDER BY e.seq"
          ).map { try $0.string("type") }
        }
        #expect(told == ["created", "updated", "updated", "updated"])
      }
    }

    @Test("two rates of one order never hold for the same goods at one place on one day")
    func overlaps() async throws {
      try await TestShop.make(products: 0).serve { nodes in
        let node = nodes[0]
        let codes = ", \"postal_code_from\": \"10\", \"postal_code_to\": \"19\""
        let first = try await node.createTaxRate(
          Self.germany + codes, "19", ", \"valid_from\": \"2027-01-01\", \"valid_until\": \"2027-06-30\"")
        let cases: [(what: String, area: String, fields: String, order: Int, exists: Bool)] = [
          ("the last day", codes, ", \"valid_from\": \"2027-06-30\"", 1, true),
          ("the day after", codes, ", \"valid_from\": \"2027-07-01\"", 1, false),
          ("the day before", codes, ", \"valid_until\": \"2026-12-31\"", 1, false),
          ("all days", codes, "", 1, true), ("another order", codes, "", 2, false),
          ("another category", codes, ", \"category\": \"books\"", 1, false),
          ("one of the codes", ", \"postal_code_from\": \"19\"", ", \"valid_from\": \"2027-02-01\"", 1, true),
          ("codes beside", ", \"postal_code_from\": \"20\"", "", 1, false),
          ("longer codes", ", \"postal_code_from\": \"100\"", "", 1, false),
          ("all codes", "", "", 1, false), ("a region", ", \"region\": \"Berlin\"\(codes)", "", 1, false),
        ]
        for one in cases {
          let error = await failure {
            try await node.createTaxRate(Self.germany + one.area, "7", one.fields, order: one.order)
          }
          #expect(error?.reason == (one.exists ? "TAX_RATE_EXISTS" : nil), "\(one.what)")
          if one.exists { #expect(error?.metadata["tax_rate_id"] != nil) }
        }
        let longer = await failure { try await node.updateTaxRate(first.id.string, "", mask: "validUntil") }
        #expect(longer?.reason == "TAX_RATE_EXISTS")
      }
    }

    @Test("of several creations of a rate at once, one succeeds")
    func oneAtOnce() async throws {
      try await TestShop.make(products: 0).serve(nodes: 2) { nodes in
        let ends = try await InventoryTests.atOnce(8) { index -> String in
          await failure { try await nodes[index % 2].createTaxRate(Self.germany, "19") }?.reason ?? ""
        }
        #expect(ends.filter(\.isEmpty).count == 1 && ends.filter { $0 == "TAX_RATE_EXISTS" }.count == 7, "\(ends)")
      }
    }

    @Test("at most two orders of a country have compound rates on a day")
    func compound() async throws {
      try await TestShop.make(products: 0).serve { nodes in
        let node = nodes[0]
        for order in 1...2 {
          try await node.createTaxRate("\"country\": \"CA\"", "5", ", \"is_compound\": true", order: order)
        }
        try await node.createTaxRate(
          "\"country\": \"CA\", \"region\": \"QC\"", "9.975", ", \"is_compound\": true", order: 2)
        let third = await failure {
          try await node.createTaxRate("\"country\": \"CA\"", "1", ", \"is_compound\": true", order: 3)
        }
        #expect(third?.code == .failedPrecondition && third?.reason == "TOO_MANY_COMPOUND_RATES")
        let simple = try await node.createTaxRate("\"country\": \"CA\"", "1", order: 3)
        let made = await failure { try await node.updateTaxRate(simple.id.string, ", \"is_compound\": true") }
        #expect(made?.reason == "TOO_MANY_COMPOUND_RATES")
        try await node.createTaxRate("\"country\": \"US\"", "1", ", \"is_compound\": true", order: 3)
      }
    }

    @Test("settings are set as a whole, and only over what the caller knows")
    func settings() async throws {
      try await TestShop.make(products: 0).serve { nodes in
        let node = nodes[0]
        let first = try #require(try await node.taxes.getTaxSettings(request(GetTaxSettingsRequest.self)).settings)
        #expect(first.pricesIncludeTax && first.homeCountry == "DE" && first.roundingLevel == .line)
        #expect(first.roundingMode == .halfUp && first.shippingTax == .asGoods && first.priceBasis == .net)
        let set = try await node.setTaxSettings(["rounding_mode": "2", "home_country": "\"at\""], etag: "v1")
        #expect(set.roundingMode == .halfEven && set.homeCountry == "AT" && set.etag == "v2")
        let stale = await failure { try await node.setTaxSettings(etag: "v1") }
        #expect(stale?.code == .aborted && stale?.metadata["etag"] == "v2")
        let zone = await failure { try await node.setTaxSettings(["time_zone": "\"GMT+2\""]) }
        #expect(zone?.fields == ["settings.time_zone"])
      }
    }

    @Test("a buyer has at most 100 exemptions, also when several are created at once")
    func mostExemptions() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.run { database in
        try await database.execute(
          "INSERT INTO taxes.exemption (tax_number, reason) SELECT '4711', 'A' FROM generate_series(1, 98)")
      }
      try await shop.serve(nodes: 2) { nodes in
        let ends = try await InventoryTests.atOnce(4) { index -> String in
          await failure { try await nodes[index % 2].createExemption("\"tax_number\": \"47-11\"") }?.reason ?? ""
        }
        #expect(ends.sorted() == ["", "", "TOO_MANY_TAX_EXEMPTIONS", "TOO_MANY_TAX_EXEMPTIONS"])
      }
    }
  }
}
