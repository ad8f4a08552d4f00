/// A collection of the demo shop.
struct DemoCollection {
  /// Products that are put into a collection without a rule.
  static let picksMax = 12

  let slug: String
  let title: String
  let description: String
  /// As the API's JSON; nil for the best rated products.
  let rule: String?

  static let all: [DemoCollection] = [
    DemoCollection(
      slug: "editors-picks", title: "Editors' picks", description: "What we would take home ourselves.", rule: nil),
    DemoCollection(
      slug: "new-in", title: "New in", description: "The latest of all our sellers.",
      rule: "{\"sort\": \"PRODUCT_SORT_NEWEST\"}"),
    DemoCollection(
      slug: "gifts-below-50", title: "Gifts below 50", description: "Small things that please.",
      rule: "{\"maxPriceMinor\": \"5000\", \"sort\": \"PRODUCT_SORT_POPULAR\"}"),
  ]
}
