internal import BenchAPI
internal import Protobuf

/// A product as the program holds it. The figures are arbitrary, but the same in every server that is compared.
///
/// A class, as its images and variants are: going through them counts one reference each, not one for every text.
final class ListedProduct {
  private static let description = {
    let phrase = "Lorem ipsum dolor sit amet, "
    return String(String(repeating: phrase, count: 11).prefix(300))
  }()

  private let id, slug, title, description, brand, categoryID, sellerID: Text
  private let priceMinor: Int64
  private let rating: Double
  private let ratingCount: Int32
  private let tags: [Text]
  private let images: [ListedImage]
  private let variants: [ListedVariant]

  init(number: Int, in arena: Arena) {
    let n = "\(10_000_000 + number)"
    id = arena.text("prod-\(n)")
    slug = arena.text("a-fine-product-\(n)")
    title = arena.text("A fine product number \(n)")
    description = arena.text(Self.description)
    brand = arena.text("brand-\(n)")
    categoryID = arena.text("category-\(n)")
    sellerID = arena.text("seller-\(n)")
    priceMinor = 1000 + Int64(number)
    rating = 3.5 + Double(number % 16) / 16
    ratingCount = 100 + Int32(number)
    tags = (0..<3).map { arena.text("tag-\(n)-\($0)") }
    images = (0..<4).map { ListedImage(number: $0, of: n, in: arena) }
    let price = priceMinor
    variants = (0..<6).map { ListedVariant(number: $0, of: n, priceMinor: price, in: arena) }
  }

  func write(to product: Product) {
    product.id = id
    product.slug = slug
    product.title = title
    product.description = description
    product.brand = brand
    product.categoryID = categoryID
    product.sellerID = sellerID
    product.priceMinor = priceMinor
    product.currency = "EUR"
    product.rating = rating
    product.ratingCount = ratingCount
    for tag in tags { product.tags.append(tag) }
    for image in images { image.write(to: product.images.appendNew()) }
    for variant in variants { variant.write(to: product.variants.appendNew()) }
  }
}

final class ListedImage {
  private let id, url, alt: Text
  private let position: Int32

  init(number: Int, of product: String, in arena: Arena) {
    id = arena.text("img-\(product)-\(number)")
    url = arena.text("https://images.example.com/products/\(product)/\(number).webp")
    alt = arena.text("Picture \(number) of product \(product)")
    position = Int32(number) + 1
  }

  func write(to image: Image) {
    image.id = id
    image.url = url
    image.alt = alt
    image.position = position
  }
}

final class ListedVariant {
  private let id, sku, title: Text
  private let priceMinor, available: Int64

  init(number: Int, of product: String, priceMinor: Int64, in arena: Arena) {
    id = arena.text("var-\(product)-\(number)")
    sku = arena.text("SKU-\(product)-\(number)")
    title = arena.text("Variant \(number) of product \(product)")
    self.priceMinor = priceMinor
    available = 7 + Int64(number)
  }

  func write(to variant: Variant) {
    variant.id = id
    variant.sku = sku
    variant.title = title
    variant.priceMinor = priceMinor
    variant.available = available
  }
}
