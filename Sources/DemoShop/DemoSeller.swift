/// A seller of the demo shop. Each sells in some departments.
struct DemoSeller {
  let slug: String
  let name: String
  /// Slugs of departments.
  let departments: [String]
  /// What its shop is about.
  let about: String
  /// Where the trader is.
  let city: String
  let postalCode: String
  /// The country's two letters.
  let country: String

  static let all: [DemoSeller] = [
    DemoSeller(
      slug: "nordlicht-audio", name: "Nordlicht Audio", departments: ["electronics"],
      about: "Loudspeakers, headphones and everything that sounds.",
      city: "Hamburg", postalCode: "20457", country: "DE"),
    DemoSeller(
      slug: "volta-and-sons", name: "Volta & Sons", departments: ["electronics", "home"],
      about: "Electric appliances for the house, repaired for as long as there are parts.",
      city: "Wien", postalCode: "1070", country: "AT"),
    DemoSeller(
      slug: "casa-lumen", name: "Casa Lumen", departments: ["home"],
      about: "Lamps and light for every room.", city: "Milano", postalCode: "20121", country: "IT"),
    DemoSeller(
      slug: "oak-and-iron", name: "Oak & Iron", departments: ["home", "garden"],
      about: "Furniture and tools of oak and iron.", city: "Graz", postalCode: "8010", country: "AT"),
    DemoSeller(
      slug: "linden-atelier", name: "Linden Atelier", departments: ["clothing"],
      about: "Clothing from a small workshop under the lindens.", city: "Berlin", postalCode: "10969", country: "DE"),
    DemoSeller(
      slug: "harbour-outfitters", name: "Harbour Outfitters", departments: ["clothing", "sports"],
      about: "Clothing and gear for wind and rain.", city: "Rotterdam", postalCode: "3011 AA", country: "NL"),
    DemoSeller(
      slug: "fjell-sport", name: "Fjell Sport", departments: ["sports"],
      about: "Everything for the mountains, in summer and winter.",
      city: "Innsbruck", postalCode: "6020", country: "AT"),
    DemoSeller(
      slug: "green-thumb", name: "Green Thumb", departments: ["garden"],
      about: "Seeds, plants and tools for gardens and balconies.", city: "Gent", postalCode: "9000", country: "BE"),
    DemoSeller(
      slug: "paper-moon-books", name: "Paper Moon Books", departments: ["books-and-play"],
      about: "Books for people who read at night.", city: "Leipzig", postalCode: "04109", country: "DE"),
    DemoSeller(
      slug: "little-explorers", name: "Little Explorers", departments: ["books-and-play", "clothing"],
      about: "Toys and clothes for children who go outside.", city: "Lyon", postalCode: "69002", country: "FR"),
    DemoSeller(
      slug: "copper-pan", name: "Copper Pan", departments: ["home"],
      about: "Pans, knives and all that a kitchen needs.", city: "Porto", postalCode: "4050-265", country: "PT"),
    DemoSeller(
      slug: "district-cycles", name: "District Cycles", departments: ["sports", "electronics"],
      about: "Bicycles and parts for the way to work.", city: "Utrecht", postalCode: "3511 AA", country: "NL"),
  ]

  /// The length of VAT numbers where it is not 9.
  private static let vatDigits = ["BE": 10, "FR": 11, "IT": 11, "NL": 12]

  private var index: Int { Self.all.firstIndex { $0.slug == slug } ?? 0 }

  /// The trader as the API's JSON. The names hold no letter that JSON escapes.
  var trader: String {
    let digits = String(repeating: "\(index % 9 + 1)", count: Self.vatDigits[country] ?? 9)
    return """
      {"companyName": "\(name) Trading", "streetLines": ["Market Street \(index + 1)"], "city": "\(city)", \
      "postalCode": "\(postalCode)", "country": "\(country)", "registerNumber": "Demo Register \(1_000 + index)", \
      "vatId": "\(country)\(digits)", "email": "\(slug)@example.com", "phone": "+4312345\(100 + index)"}
      """
  }

  var id: DemoID { DemoID(.seller, index) }
}
