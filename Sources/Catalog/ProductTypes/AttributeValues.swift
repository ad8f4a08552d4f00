internal import CatalogAPI
internal import Platform
internal import Protobuf

/// The values of a product for the attributes of its type.
struct AttributeValues {
  private static let field = "product.attributes"
  private static let textCharactersMax = 500
  private static let numberDigitsMax = 18

  private let values: [ProductAttributeValue]

  /// The values that a product has.
  init(of product: Product) { values = Array(product.attributes) }

  /// Reads the attributes of the field `product` of a request, and notes everything that is wrong with them, whatever
  /// type the product has.
  init(_ list: RepeatedField<ProductAttributeValue>, _ check: inout RequestCheck) {
    guard list.count <= AttributeDefinitions.attributesMax else {
      check.refuse(
        Self.field, "Must have at most \(AttributeDefinitions.attributesMax) elements, and has \(list.count).")
      self.values = []
      return
    }
    var checked: [ProductAttributeValue] = []
    var codes: Set<String> = []
    for (index, given) in list.enumerated() {
      let path = "\(Self.field)[\(index)]"
      let code = given.code.string
      check.require(AttributeDefinitions.isCode(code), "\(path).code", "Must be the code of an attribute.")
      check.require(codes.insert(code).inserted, "\(path).code", "Must differ from those of the other elements.")
      let value = ProductAttributeValue(in: given.storage.arena)
      value.code = given.code
      value.value = Self.value(of: given, path, &check)
      checked.append(value)
    }
    values = checked
  }

  private static func value(
    of given: ProductAttributeValue, _ path: String, _ check: inout RequestCheck
  ) -> ProductAttributeValue.Value? {
    switch given.value {
    case .text(let text):
      let line = check.line(text, "\(path).text", upTo: textCharactersMax, isRequired: true)
      return .text(given.storage.arena.text(line))
    case .number(let number):
      check.require(
        isNumber(number.string), "\(path).number",
        "Must be a decimal number of up to \(numberDigitsMax) digits, such as -12.5.")
      return .number(number)
    case .flag(let flag): return .flag(flag)
    case .date(let date):
      check.require(isDate(date.string), "\(path).date", "Must be a day of the years 1 to 9999, such as 2026-03-01.")
      return .date(date)
    case nil:
      check.refuse(path, "Must have one of text, number, flag and date.")
      return nil
    }
  }

  private static func isNumber(_ text: String) -> Bool {
    text.wholeMatch(of: #/-?[0-9]+(?:\.[0-9]+)?/#) != nil && text.count(where: \.isNumber) <= numberDigitsMax
  }

  private static func isDate(_ text: String) -> Bool {
    guard let match = text.wholeMatch(of: #/([0-9]{4})-([0-9]{2})-([0-9]{2})/#), let year = Int(match.output.1),
      let month = Int(match.output.2), let day = Int(match.output.3), year >= 1, (1...12).contains(month)
    else { return false }
    let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let last = month == 2 ? (isLeapYear ? 29 : 28) : ([4, 6, 9, 11].contains(month) ? 30 : 31)
    return (1...last).contains(day)
  }

  /// Notes what does not fit the product's type; nil for a product without one.
  func verify(against type: ProductType?, _ check: inout RequestCheck) {
    guard let type else {
      check.require(values.isEmpty, Self.field, "Must be empty: the product has no type.")
      return
    }
    for (index, value) in values.enumerated() {
      let path = "\(Self.field)[\(index)]"
      guard let attribute = type.attributes.first(where: { $0.code == value.code }) else {
        check.refuse("\(path).code", "Must be the code of an attribute of the product's type.")
        continue
      }
      check.require(
        !attribute.isVariantAxis, "\(path).code", "Must not be an attribute that distinguishes variants: options do.")
      if let fault = Self.fault(of: value, for: attribute) { check.refuse(path, fault) }
    }
  }

  /// What a product of the type lacks to be on sale, by field.
  func lacks(for type: ProductType, options: Set<String>) -> [String: String] {
    var lacks: [String: String] = [:]
    for attribute in type.attributes {
      let (code, title) = (attribute.code.string, attribute.title.string)
      if attribute.isVariantAxis {
        if attribute.isRequired && !options.contains(title) {
          lacks["variants.options.\(code)"] = "The variants must have the option \(title)."
        }
      } else if let value = values.first(where: { $0.code == attribute.code }) {
        lacks["attributes.\(code)"] = Self.fault(of: value, for: attribute)
      } else if attribute.isRequired {
        lacks["attributes.\(code)"] = "The type of the product requires a value."
      }
    }
    return lacks
  }

  private static func fault(of value: ProductAttributeValue, for attribute: ProductAttribute) -> String? {
    switch (attribute.kind, value.value) {
    case (.text, .text?), (.number, .number?), (.flag, .flag?), (.date, .date?): nil
    case (.choice, .text(let text)?):
      attribute.choices.contains(text) ? nil : "Must be one of the choices of the attribute."
    default: "Must be a value of the attribute's kind."
    }
  }

  /// Replaces the values of a product.
  func write(to product: Product) {
    product.attributes.removeAll()
    product.attributes.append(contentsOf: values)
  }

  /// The values as JSON, for a value of type `jsonb`.
  func json() throws -> String { "[" + (try values.map { try $0.json() }).joined(separator: ",") + "]" }
}
