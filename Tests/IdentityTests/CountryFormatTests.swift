import IdentityAPI
import Platform
import Protobuf
import Testing

@testable import Identity

private let countries = CountryFormat.all.values.sorted { $0.country < $1.country }

/// The stored form of an address, or what is wrong with it.
private func entered(_ fill: (Address) -> Void) -> (PostalAddress, wrong: String?) {
  let arena = Arena()
  let address = Address(in: arena)
  address.recipient = arena.text("Ada")
  address.streetLines.append(arena.text("Ring 1"))
  address.city = arena.text("Town")
  fill(address)
  var check = RequestCheck()
  let read = PostalAddress(address, &check)
  do {
    try check.verify()
    return (read, nil)
  } catch {
    return (read, "\(error)")
  }
}

@Suite struct CountryFormatTests {
  @Test func theDataIsComplete() {
    let lines = CountryFormatData.lines.split(separator: "\n")
    #expect(lines.count == countries.count && countries.count > 245)
    #expect(countries.filter(\.hasPostalCodes).count > 170)
  }

  @Test func everyExampleIsAccepted() throws {
    for format in countries {
      for example in format.postalExamples {
        #expect(format.postalCode(example) == example, "\(format.country)")
      }
      #expect(format.hasPostalCodes == !format.postalExamples.isEmpty, "\(format.country)")
    }
  }

  @Test func everyExampleIsCompleted() throws {
    for format in countries {
      for example in format.postalExamples {
        let bare = example.filter { $0 != " " && $0 != "-" }
        for typed in [bare, bare.lowercased(), example.lowercased(), bare.map(String.init).joined(separator: " ")] {
          #expect(format.postalCode(typed) == example, "\(format.country) \(typed)")
        }
      }
    }
  }

  @Test func aWrongPostalCodeIsRefusedWithAnExample() throws {
    for format in countries where format.hasPostalCodes {
      for wrong in ["?", "1", "ABCDEFGHIJK", "12345678901", "12?45", "ÄÖÜ", "一二三"] {
        #expect(format.postalCode(wrong) == nil, "\(format.country) \(wrong)")
      }
      let (_, refusal) = entered {
        $0.country = $0.storage.arena.text(format.country)
        $0.region = $0.storage.arena.text(format.areas.first ?? "Somewhere")
        $0.postalCode = $0.storage.arena.text("12345678901")
      }
      let told = try #require(refusal)
      #expect(told.contains("address.postal_code") && told.contains(format.postalExamples[0]), "\(told)")
    }
  }

  @Test func anAddressOfEveryCountryIsAcceptedUnchanged() throws {
    for format in countries {
      let (first, wrong) = entered {
        $0.country = $0.storage.arena.text(format.country.lowercased())
        $0.region = $0.storage.arena.text(format.areas.first?.lowercased() ?? "Somewhere")
        $0.postalCode = $0.storage.arena.text(format.postalExamples.first?.lowercased() ?? "")
      }
      #expect(wrong == nil, "\(format.country): \(wrong ?? "")")
      #expect(first.place.postalCode == format.postalExamples.first ?? "" && first.place.country == format.country)
      let (second, _) = entered {
        $0.country = $0.storage.arena.text(first.place.country)
        $0.region = $0.storage.arena.text(first.place.region)
        $0.postalCode = $0.storage.arena.text(first.place.postalCode)
      }
      #expect(second.place.region == first.place.region && second.place.postalCode == first.place.postalCode)
    }
  }

  @Test func everyRegionIsFoundByEveryName() {
    for format in countries {
      for area in format.areas.all {
        #expect(format.areas.area(area.uppercased()) == area, "\(format.country) \(area)")
      }
    }
  }

  @Test(arguments: [
    ("CA", "K1A0B1", "K1A 0B1"), ("GB", "SW1A1AA", "SW1A 1AA"), ("GB", "sw1a-1aa", "SW1A 1AA"),
    ("NL", "1011AB", "1011 AB"), ("BR", "01310100", "01310-100"), ("JP", "1000001", "100-0001"),
    ("JP", "１００−０００１", "100-0001"), ("US", "941031234", "94103-1234"), ("PL", "00950", "00-950"),
    ("CH", "CH-8001", "8001"), ("LI", "FL-9490", "9490"), ("LV", "1073", "LV-1073"), ("LT", "LT-04340", "04340"),
    ("LU", "L-4750", "4750"), ("SE", "114 55", "11455"), ("IE", "d02af30", "D02 AF30"), ("VN", "70010", "70010"),
    ("OM", "133", "133"), ("PE", "lima 23", "LIMA 23"), ("AR", "c1070aam", "C1070AAM"), ("FR", "75 001", "75001"),
    ("HK", "999077", "999077"), ("AT", "A-6020", "6020"), ("DE", "DE-10115", "10115"), ("DE", "d 10115", "10115"),
    ("FR", "F-75001", "75001"), ("NL", "NL-1011AB", "1011 AB"), ("LU", "LU-4750", "4750"),
    ("GB", "GB-W1A 1AA", "W1A 1AA"), ("GB", "SW1A\u{200b}1AA", "SW1A 1AA"), ("CA", "\u{2060}K1A\u{ad}0B1", "K1A 0B1"),
  ])
  func codesAreWrittenAsTheirCountryDoes(country: String, typed: String, written: String) throws {
    let (address, _) = entered {
      $0.country = $0.storage.arena.text(country)
      $0.postalCode = $0.storage.arena.text(typed)
    }
    #expect(address.place.postalCode == written)
  }

  @Test(arguments: [
    ("VN", "700100"), ("AT", "10115"), ("GB", "61"), ("GB", "0AA"), ("LI", "8001"), ("PE", "23"), ("AT", ""),
    ("LI", ""),
    ("IS", ""), ("AR", ""), ("TW", ""), ("DE", ""), ("VN", ""), ("IE", ""),
  ])
  func othersAreRefused(country: String, typed: String) {
    let (_, wrong) = entered {
      $0.country = $0.storage.arena.text(country)
      $0.region = $0.storage.arena.text(CountryFormat.of(country)?.areas.first ?? "")
      $0.postalCode = $0.storage.arena.text(typed)
    }
    #expect(wrong?.contains("address.postal_code") == true)
  }

  @Test(arguments: [
    ("US", "california", "CA"), ("US", "ca", "CA"), ("CA", "québec", "QC"), ("CA", "Que\u{301}bec", "QC"),
    ("JP", "tokyo", "Tokyo"), ("JP", "東京都", "東京都"), ("JP", "13", "東京都"), ("CN", "beijing", "Beijing Shi"),
    ("BR", "são paulo", "SP"), ("BR", "sao paulo", "SP"), ("MX", "jalisco", "Jal."), ("TW", "taipei", "Taipei City"),
    ("ES", "madrid", "M"), ("ES", "a coruna", "C"), ("AT", "Wien", "Wien"), ("IE", "co dublin", "Co. Dublin"),
    ("VN", "Huế", "Huế"),
  ])
  func regionsAreKnownByTheirNames(country: String, typed: String, written: String) throws {
    let (address, wrong) = entered {
      $0.country = $0.storage.arena.text(country)
      $0.region = $0.storage.arena.text(typed)
      $0.postalCode = $0.storage.arena.text(CountryFormat.of(country)?.postalExamples.first ?? "")
    }
    #expect(address.place.region == written && wrong == nil)
  }

  @Test(arguments: [("US", ""), ("US", "Wien"), ("AE", ""), ("JP", "Nowhere"), ("CR", "")])
  func regionsThatMustBeThereAre(country: String, typed: String) {
    let (_, wrong) = entered {
      $0.country = $0.storage.arena.text(country)
      $0.region = $0.storage.arena.text(typed)
      $0.postalCode = $0.storage.arena.text(CountryFormat.of(country)?.postalExamples.first ?? "")
    }
    #expect(wrong?.contains("address.region") == true)
  }

  @Test func aCityIsRequiredWhereAddressesHaveOne() {
    for (country, isNeeded) in [("SG", false), ("AT", true), ("KY", false), ("MO", false)] {
      let (_, wrong) = entered {
        $0.country = $0.storage.arena.text(country)
        $0.city = $0.storage.arena.text("")
        $0.region = $0.storage.arena.text(CountryFormat.of(country)?.areas.first ?? "")
        $0.postalCode = $0.storage.arena.text(CountryFormat.of(country)?.postalExamples.first ?? "")
      }
      #expect((wrong != nil) == isNeeded, "\(country)")
    }
  }
}
