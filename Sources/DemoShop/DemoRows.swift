/// The rows of some products in COPY's format.
struct DemoRows {
  private(set) var products = CopyText()
  private(set) var variants = CopyText()
  private(set) var images = CopyText()
  private(set) var stock = CopyText()
  private var json: [UInt8] = []
  private let currency: String

  /// No rows yet. Their prices are in a currency.
  init(currency: String) { self.currency = currency }

  mutating func removeAll() {
    products.removeAll()
    variants.removeAll()
    images.removeAll()
    stock.removeAll()
  }

  mutating func add(_ product: DemoProduct) {
    let seller = product.seller.id
    addRow(of: product, seller)
    for (place, variant) in product.variants.enumerated() {
      add(variant, at: place + 1, of: product.id, seller)
    }
    for (place, image) in product.images.enumerated() { add(image, at: place + 1, of: product.id, seller) }
  }

  private mutating func addRow(of product: DemoProduct, _ seller: DemoID) {
    let published = Self.time(product.publishedAt)
    products.field(product.id)
    products.field(seller)
    products.field(product.category.id)
    products.field(product.slug)
    products.field(product.externalID)
    products.field(product.title)
    products.field(product.description)
    products.field(product.brand)
    products.field("{\(product.tags.map { "\"\($0)\"" }.joined(separator: ","))}")
    products.field("active")
    products.field(product.priceMinor)
    products.field(currency)
    products.field(product.ratingSum)
    products.field(product.ratingCount)
    products.field(product.unitsSold)
    json.removeAll(keepingCapacity: true)
    DemoDocument.variants(product.variants, in: currency, into: &json)
    products.field(json: json)
    json.removeAll(keepingCapacity: true)
    DemoDocument.images(product.images, into: &json)
    products.field(json: json)
    for _ in ["created", "updated", "published"] { products.field(published) }
    products.endRow()
  }

  private mutating func add(
    _ variant: DemoProduct.Variant, at position: Int, of product: DemoID, _ seller: DemoID
  ) {
    variants.field(variant.id)
    variants.field(product)
    variants.field(seller)
    variants.field(position)
    variants.field(variant.sku)
    variants.field(variant.title)
    json.removeAll(keepingCapacity: true)
    DemoDocument.options(variant.options, into: &json)
    variants.field(json: json)
    variants.field(variant.priceMinor)
    variants.field(currency)
    variants.endRow()
    stock.field(variant.id)
    stock.field(product)
    stock.field(seller)
    stock.field(variant.onHand)
    stock.endRow()
  }

  private mutating func add(_ image: DemoProduct.Image, at position: Int, of product: DemoID, _ seller: DemoID) {
    images.field(image.id)
    images.field(product)
    images.field(seller)
    images.field(position)
    images.field(image.file.url)
    images.field(image.alt)
    images.field(image.file.width)
    images.field(image.file.height)
    if let upload = image.file.upload { images.field("\\x\(upload.digits)") } else { images.null() }
    images.endRow()
  }

  /// A time as Postgres reads it.
  private static func time(_ seconds: Int) -> String {
    let rest = seconds % 86_400
    let clock = [rest / 3600, rest / 60 % 60, rest % 60].map(twoDigits).joined(separator: ":")
    return "\(CalendarDay(daysSince1970: seconds / 86_400).text) \(clock)Z"
  }
}

private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// A day of the demo shop's years, 2024 and 2025.
private struct CalendarDay {
  private static let daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  private static let firstDay = 19_723  // 2024-01-01

  let text: String

  init(daysSince1970 day: Int) {
    var rest = day - Self.firstDay
    let isLeapYear = rest < 366
    if !isLeapYear { rest -= 366 }
    var month = 0
    while month < 11 {
      let length = Self.daysOfMonths[month] + (month == 1 && isLeapYear ? 1 : 0)
      if rest < length { break }
      rest -= length
      month += 1
    }
    text = "\(isLeapYear ? 2024 : 2025)-\(twoDigits(month + 1))-\(twoDigits(rest + 1))"
  }
}
