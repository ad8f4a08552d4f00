package import Platform

/// What the demo shop has beside its products: manuals that shoppers download, and what a few variants sell as a file
/// or as licence keys. The same every time. Those who have a store put it there.
package struct DemoDownloads: Sendable {
  /// A document of some products.
  package struct Manual: Sendable {
    /// What shoppers read.
    package let title: String
    /// A PDF.
    package let document: [UInt8]
    /// The products.
    package let products: [ID]
  }

  /// The first products have translations, to which the title of a manual would be missing.
  private static let firstWithManual = 10
  private static let manualsMax = 200
  /// Books are looked for among so many products.
  private static let lookedAtMax = 200
  private static let keysOfVariant = 25

  /// One for each department, of its first products.
  package let manuals: [Manual]
  /// The variant that is sold as a file: of a book; nil in a shop without books.
  package let fileVariant: ID?
  /// The name and the content of that file.
  package let file: (name: String, content: [UInt8])
  /// The variant that is sold as licence keys.
  package let keyVariant: ID?
  /// The keys.
  package let keys: [String]

  /// Those of a shop with so many products.
  package init(products count: Int) {
    let maker = DemoProductMaker(tree: DemoTree())
    var products: [String: [ID]] = [:]
    for index in Self.firstWithManual..<max(Self.firstWithManual, min(count, Self.manualsMax)) {
      let product = maker.product(index)
      if let id = ID(product.id.description) { products[product.category.department, default: []].append(id) }
    }
    manuals = products.sorted { $0.key < $1.key }.map { department, ids in
      let title = "Care and safety: \(department.replacing("-", with: " "))"
      return Manual(title: title, document: DemoPDF.document(saying: title), products: ids)
    }
    let books = (0..<min(count, Self.lookedAtMax)).lazy.map { maker.product($0) }
      .filter { $0.category.department == "books-and-play" }
    let variants = books.prefix(2).compactMap { $0.variants.last.flatMap { ID($0.id.description) } }
    fileVariant = variants.first
    keyVariant = variants.dropFirst().first
    file = ("sample-chapter.pdf", DemoPDF.document(saying: "The first chapter."))
    var random = SplitMix64(seed: 0x11ce, stream: 0, index: 0)
    keys = (0..<Self.keysOfVariant).map { _ in
      let digits = String(random.next() >> 4, radix: 36, uppercase: true)
      return "DEMO-\(digits.prefix(4))-\(digits.dropFirst(4).prefix(4))-\(digits.suffix(4))"
    }
  }
}

/// Who would like to sell in the demo shop, and waits for a decision of staff.
package enum DemoApplication {
  /// The address of the applicant's account.
  package static let email = "applicant@example.com"
  /// Who that is.
  package static let applicant = "Ada Demo"
  /// The address of the shop.
  package static let slug = "winter-garden"
  /// The name of the shop.
  package static let name = "Winter Garden"
  /// The trader as the API's JSON.
  package static let trader = """
    {"companyName": "Winter Garden Trading", "streetLines": ["Market Street 99"], "city": "Linz", \
    "postalCode": "4020", "country": "AT", "registerNumber": "Demo Register 1099", "vatId": "ATU99999999", \
    "email": "applicant@example.com", "phone": "+431234599"}
    """
  /// The names of the documents and their contents, PDFs.
  package static var documents: [(name: String, content: [UInt8])] {
    ["Extract from the register", "Proof of address"].map { ($0, DemoPDF.document(saying: "\($0): Winter Garden")) }
  }
}

/// A PDF of one page with one line (ISO 32000-2).
enum DemoPDF {
  /// - Parameter line: ASCII without parentheses and backslashes.
  static func document(saying line: String) -> [UInt8] {
    let content = "BT /F1 24 Tf 72 720 Td (\(line)) Tj ET"
    let objects = [
      "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      """
      << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
      /Resources << /Font << /F1 5 0 R >> >> >>
      """,
      "<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream",
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    var text = "%PDF-1.7\n"
    var places: [Int] = []
    for (index, object) in objects.enumerated() {
      places.append(text.utf8.count)
      text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
    }
    let table = text.utf8.count
    text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for place in places { text += "\(padded(place)) 00000 n \n" }
    text += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(table)\n%%EOF\n"
    return Array(text.utf8)
  }

  /// Ten digits, as the table has them.
  private static func padded(_ place: Int) -> String {
    let digits = String(place)
    return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
  }
}
