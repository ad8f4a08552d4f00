import BenchAPI
import Protobuf

/// One rich product held in memory: 11 scalar fields, 3 tags, 4 images, 6 variants, about 1.3 kB; each differs from
/// the others in the lengths of its texts.
struct ExampleProduct {
  struct Picture {
    let id: Text
    let url: Text
    let alt: Text

    func fill(_ image: Image, at position: Int) {
      image.id = id
      image.url = url
      image.alt = alt
      image.position = Int32(position)
    }
  }

  struct Choice {
    let id: Text
    let sku: Text
    let title: Text

    func fill(_ variant: Variant, at position: Int) {
      variant.id = id
      variant.sku = sku
      variant.title = title
      variant.priceMinor = 990 + Int64(position) * 350
      variant.available = Int64(position) * 19
    }
  }

  let number: Int
  let id: Text
  let slug: Text
  let title: Text
  let description: Text
  let brand: Text
  let categoryID: Text
  let sellerID: Text
  let tags: [Text]
  let pictures: [Picture]
  let choices: [Choice]

  init(_ number: Int, in arena: Arena) {
    func text(_ words: Int) -> Text { arena.text(ExampleProduct.words(words, from: number)) }
    func uuid(_ kind: Int) -> Text {
      arena.text("018f6f2e-7a4b-7c3d-9e1f-\(100_000 + number)\(100_000 + kind)")
    }
    self.number = number
    id = uuid(0)
    slug = text(4)
    title = text(5)
    description = text(24 + number % 7)
    brand = text(1)
    categoryID = uuid(1)
    sellerID = uuid(2)
    tags = (0..<3).map { arena.text(ExampleProduct.words(1, from: number + $0)) }
    pictures = (0..<4).map {
      Picture(
        id: uuid(10 + $0), url: arena.text("https://images.example.com/products/\(number * 37)/\($0).webp"),
        alt: arena.text(ExampleProduct.words(3, from: number + $0)))
    }
    choices = (0..<6).map {
      Choice(
        id: uuid(20 + $0), sku: arena.text("LIN-\(number * 7)-\($0)"),
        title: arena.text(ExampleProduct.words(2, from: number * 3 + $0)))
    }
  }

  func fill(_ product: Product) {
    product.id = id
    product.slug = slug
    product.title = title
    product.description = description
    product.brand = brand
    product.categoryID = categoryID
    product.sellerID = sellerID
    product.priceMinor = 990 + Int64(number) * 350
    product.currency = "EUR"
    product.rating = 4.625
    product.ratingCount = Int32(number) * 31
    // A span lends its elements: nothing is retained to look at them.
    let tags = self.tags.span
    for position in tags.indices { product.tags.append(tags[position]) }
    let pictures = self.pictures.span
    for position in pictures.indices { pictures[position].fill(product.images.appendNew(), at: position) }
    let choices = self.choices.span
    for position in choices.indices { choices[position].fill(product.variants.appendNew(), at: position) }
  }

  private static let vocabulary = [
    "linen", "shirt", "mother-of-pearl", "button", "oak", "walnut", "lamp", "hand-thrown", "cup", "wool", "blanket",
    "of", "brass", "enamel", "notebook", "recycled", "in", "glass", "long-staple", "cotton",
  ]

  private static func words(_ count: Int, from start: Int) -> String {
    (0..<count).map { vocabulary[(start * 5 + $0 * 3) % vocabulary.count] }.joined(separator: " ")
  }
}
