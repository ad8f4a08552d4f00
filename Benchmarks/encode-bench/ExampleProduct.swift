import BenchAPI
import Protobuf

/// One rich product: 11 scalar fields, 3 tags, 4 images, 6 variants, about 1.3 kB.
enum ExampleProduct {
  static let images = 4
  static let variants = 6

  static func fill(_ product: Product) {
    product.id = "018f6f2e-7a4b-7c3d-9e1f-0123456789ab"
    product.slug = "linen-shirt-with-mother-of-pearl-buttons"
    product.title = "Linen shirt with mother-of-pearl buttons"
    product.description = """
      Woven from long-staple flax in a small mill, garment-washed for softness, and finished with buttons of \
      genuine mother-of-pearl. Wears well in the heat, and better every year.
      """
    product.brand = "Fieldhouse"
    product.categoryID = "018f6f2e-7a4b-7c3d-9e1f-0123456789ac"
    product.sellerID = "018f6f2e-7a4b-7c3d-9e1f-0123456789ad"
    product.priceMinor = 8_990
    product.currency = "EUR"
    product.rating = 4.625
    product.ratingCount = 318
    product.tags.append("linen")
    product.tags.append("summer")
    product.tags.append("bestseller")
    let pictures = product.images
    for index in 0..<images {
      let image = pictures.appendNew()
      image.id = "018f6f2e-7a4b-7c3d-9e1f-0123456789ae"
      image.url = "https://images.example.com/products/linen-shirt/01.webp"
      image.alt = "The shirt from the front"
      image.position = Int32(index)
    }
    let choices = product.variants
    for index in 0..<variants {
      let variant = choices.appendNew()
      variant.id = "018f6f2e-7a4b-7c3d-9e1f-0123456789af"
      variant.sku = "LIN-SHIRT-NAT-M"
      variant.title = "Natural, medium"
      variant.priceMinor = 8_990
      variant.available = Int64(40 + index)
    }
  }
}
