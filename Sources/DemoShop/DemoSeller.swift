/// A seller of the demo shop. Each sells in some departments.
struct DemoSeller {
  let slug: String
  let name: String
  /// Slugs of departments.
  let departments: [String]

  static let all: [DemoSeller] = [
    DemoSeller(slug: "nordlicht-audio", name: "Nordlicht Audio", departments: ["electronics"]),
    DemoSeller(slug: "volta-and-sons", name: "Volta & Sons", departments: ["electronics", "home"]),
    DemoSeller(slug: "casa-lumen", name: "Casa Lumen", departments: ["home"]),
    DemoSeller(slug: "oak-and-iron", name: "Oak & Iron", departments: ["home", "garden"]),
    DemoSeller(slug: "linden-atelier", name: "Linden Atelier", departments: ["clothing"]),
    DemoSeller(slug: "harbour-outfitters", name: "Harbour Outfitters", departments: ["clothing", "sports"]),
    DemoSeller(slug: "fjell-sport", name: "Fjell Sport", departments: ["sports"]),
    DemoSeller(slug: "green-thumb", name: "Green Thumb", departments: ["garden"]),
    DemoSeller(slug: "paper-moon-books", name: "Paper Moon Books", departments: ["books-and-play"]),
    DemoSeller(slug: "little-explorers", name: "Little Explorers", departments: ["books-and-play", "clothing"]),
    DemoSeller(slug: "copper-pan", name: "Copper Pan", departments: ["home"]),
    DemoSeller(slug: "district-cycles", name: "District Cycles", departments: ["sports", "electronics"]),
  ]

  var id: DemoID { DemoID(.seller, Self.all.firstIndex { $0.slug == slug } ?? 0) }
}
