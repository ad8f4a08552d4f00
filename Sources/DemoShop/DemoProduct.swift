/// One product of the demo shop with all its parts: the same for the same index in a shop of any size.
struct DemoProduct {
  struct Variant {
    let id: DemoID
    let sku: String
    let title: String
    let options: [(name: String, value: String)]
    let priceMinor: Int
    let onHand: Int
  }

  struct Image {
    let id: DemoID
    let file: DemoImageFile
    let alt: String
  }

  let id: DemoID
  let category: DemoTree.Node
  let seller: DemoSeller
  let title: String
  let slug: String
  /// The id that the seller's own system has for it.
  let externalID: String
  let brand: String
  let description: String
  let tags: [String]
  let ratingSum: Int
  let ratingCount: Int
  let unitsSold: Int
  /// Seconds since 1970.
  let publishedAt: Int
  let variants: [Variant]
  fileprivate(set) var images: [Image] = []

  /// The price of its cheapest variant, in cents.
  var priceMinor: Int { variants.lazy.map(\.priceMinor).min() ?? 0 }
}

/// Makes products.
struct DemoProductMaker {
  /// A product has at most this many variants; ids are counted in steps of it.
  static let variantsMax = 9
  /// A product has at most this many images; ids are counted in steps of it.
  static let imagesMax = 4
  /// 2024-01-01 00:00 UTC, in seconds since 1970.
  private static let firstDay = 1_704_067_200
  /// Products went on sale over two years.
  private static let publishedOver = 2 * 365 * 86_400

  private let tree: DemoTree
  private let sellers: [String: [DemoSeller]]
  /// By the names of the pictures.
  private let pictures: [String: DemoImageFile]

  init(tree: DemoTree, pictures: [String: DemoImageFile] = [:]) {
    self.tree = tree
    self.pictures = pictures
    sellers = Dictionary(
      uniqueKeysWithValues: DemoCategory.departments.map { department in
        (department.slug, DemoSeller.all.filter { $0.departments.contains(department.slug) })
      })
  }

  /// The product of that index, from 0.
  func product(_ index: Int) -> DemoProduct {
    var random = SplitMix64(seed: 0x5eed, stream: DemoKind.product.rawValue, index: index)
    let leaf = random.pick(tree.leaves)
    let brand = random.pick(DemoWords.brands[leaf.department] ?? [])
    let title = "\(brand) \(random.pick(DemoWords.series)) \(random.pick(leaf.goods?.nouns ?? []))"
    let popularity = random.fraction() * random.fraction()
    let ratingCount = Int(popularity * popularity * 900)
    let stars = 3.2 + 1.7 * (random.fraction() + random.fraction()) / 2
    let description = [
      random.pick(DemoWords.openings), random.pick(DemoWords.middles), random.pick(DemoWords.endings),
    ].joined(separator: " ")
    let tag = random.below(DemoWords.tags.count)
    var product = DemoProduct(
      id: DemoID(.product, index), category: leaf, seller: random.pick(sellers[leaf.department] ?? DemoSeller.all),
      title: title, slug: "\(Slug.of(title))-\(String(index + 1, radix: 36))", externalID: "demo-\(index + 1)",
      brand: brand, description: description,
      tags: [DemoWords.tags[tag], DemoWords.tags[(tag + 5) % DemoWords.tags.count]],
      ratingSum: min(max(Int((stars * Double(ratingCount)).rounded()), ratingCount), ratingCount * 5),
      ratingCount: ratingCount, unitsSold: Int(popularity * 400) + random.below(8),
      publishedAt: Self.firstDay + random.below(Self.publishedOver),
      variants: variants(of: index, leaf, &random))
    product.images = images(of: index, product, &random)
    return product
  }

  private func variants(of index: Int, _ leaf: DemoTree.Node, _ random: inout SplitMix64) -> [DemoProduct.Variant] {
    guard let goods = leaf.goods else { return [] }
    let base = Self.basePrice(goods.euros, &random)
    let firsts = Self.some(goods.options.first.values, atMost: 3, &random)
    let seconds = Self.some(goods.options.second.values, atMost: 3, &random)
    var variants: [DemoProduct.Variant] = []
    for first in firsts {
      for (step, second) in seconds.enumerated() {
        variants.append(
          DemoProduct.Variant(
            id: DemoID(.variant, index * Self.variantsMax + variants.count),
            sku: "\(leaf.slug.prefix(3).uppercased())-\(index + 1)-\(variants.count + 1)",
            title: "\(first) / \(second)",
            options: [(goods.options.first.name, first), (goods.options.second.name, second)],
            priceMinor: base + base * step * goods.options.stepPercent / 10_000 * 100, onHand: Self.stock(&random)))
      }
    }
    return variants
  }

  /// Pictures of the product in the colours of its variants.
  private func images(of index: Int, _ product: DemoProduct, _ random: inout SplitMix64) -> [DemoProduct.Image] {
    var colours: [String] = []
    for variant in product.variants {
      if let colour = variant.options.first?.value, !colours.contains(colour) { colours.append(colour) }
    }
    return colours.prefix(1 + random.below(Self.imagesMax - 1)).enumerated().map { place, colour in
      let drawing = DemoDrawing(of: product.category.slug, colour)
      return DemoProduct.Image(
        id: DemoID(.image, index * Self.imagesMax + place),
        file: pictures[drawing.name] ?? .missing(index: index, place: place),
        alt: place == 0 ? product.title : "\(product.title), view \(place + 1)")
    }
  }

  /// Cheap things are more common than dear ones; prices end in 90 cents.
  private static func basePrice(_ euros: ClosedRange<Int>, _ random: inout SplitMix64) -> Int {
    let spread = random.fraction() * random.fraction()
    return (euros.lowerBound + Int(spread * Double(euros.count))) * 100 + 90
  }

  /// A run of 1 to `count` of the values, in their order.
  private static func some(_ values: [String], atMost count: Int, _ random: inout SplitMix64) -> ArraySlice<String> {
    let length = 1 + random.below(min(count, values.count))
    let start = random.below(values.count - length + 1)
    return values[start..<start + length]
  }

  /// One variant in sixteen is sold out.
  private static func stock(_ random: inout SplitMix64) -> Int {
    if random.below(16) == 0 { return 0 }
    return 1 + Int(random.fraction() * random.fraction() * 240)
  }
}
