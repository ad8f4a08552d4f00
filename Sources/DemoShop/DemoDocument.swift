/// The variants and images of a product in the JSON of the API, as `catalog.refresh_product_documents` writes them.
enum DemoDocument {
  static func variants(_ variants: [DemoProduct.Variant], in currency: String, into json: inout [UInt8]) {
    list(variants, into: &json) { variant, json in
      json.append(contentsOf: #"{"id":""#.utf8)
      variant.id.write(to: &json)
      json.append(contentsOf: #"","sku":"#.utf8)
      string(variant.sku, into: &json)
      json.append(contentsOf: #","title":"#.utf8)
      string(variant.title, into: &json)
      json.append(contentsOf: #","options":"#.utf8)
      options(variant.options, into: &json)
      json.append(contentsOf: #","price":{"amountMinor":"#.utf8)
      json.append(contentsOf: String(variant.priceMinor).utf8)
      json.append(contentsOf: #","currency":"\#(currency)"}}"#.utf8)
    }
  }

  static func options(_ options: [(name: String, value: String)], into json: inout [UInt8]) {
    list(options, into: &json) { option, json in
      json.append(contentsOf: #"{"name":"#.utf8)
      string(option.name, into: &json)
      json.append(contentsOf: #","value":"#.utf8)
      string(option.value, into: &json)
      json.append(UInt8(ascii: "}"))
    }
  }

  static func images(_ images: [DemoProduct.Image], into json: inout [UInt8]) {
    list(images, into: &json) { image, json in
      json.append(contentsOf: #"{"id":""#.utf8)
      image.id.write(to: &json)
      json.append(contentsOf: #"","url":"#.utf8)
      string(image.file.url, into: &json)
      json.append(contentsOf: #","alt":"#.utf8)
      string(image.alt, into: &json)
      json.append(contentsOf: #","width":"#.utf8)
      json.append(contentsOf: String(image.file.width).utf8)
      json.append(contentsOf: #","height":"#.utf8)
      json.append(contentsOf: String(image.file.height).utf8)
      json.append(UInt8(ascii: "}"))
    }
  }

  private static func list<Element>(
    _ elements: [Element], into json: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void
  ) {
    json.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { json.append(contentsOf: ",".utf8) }
      write(element, &json)
    }
    json.append(UInt8(ascii: "]"))
  }

  /// The demo shop's words contain no other characters that JSON requires to be escaped.
  private static func string(_ text: String, into json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { json.append(UInt8(ascii: "\\")) }
      json.append(byte)
    }
    json.append(UInt8(ascii: "\""))
  }
}
