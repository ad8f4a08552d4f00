internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import TypeAPI

/// The fields of a variant that its seller writes.
struct VariantFields {
  static let all = ["sku", "price", "gtin", "weight_grams", "options"]
  private static let weightGramsMax: Int32 = 10_000_000

  let sku: String
  let price: Platform.Money?
  let gtin: GTIN?
  let weightGrams: Int32?
  /// The names of the options, and the values.
  let names: [String]
  let values: [String]

  /// Reads the variant at a path of a request, and notes everything that is wrong.
  /// - Parameters:
  ///   - currency: that of the shop.
  ///   - isWritten: whether the request must have a field.
  init(
    _ variant: Variant, _ path: String, in currency: Currency, _ check: inout RequestCheck, isWritten: (String) -> Bool
  ) {
    sku = check.line(
      variant.sku, "\(path).sku", upTo: OptionMatrix.skuCharactersMax, isRequired: isWritten("sku"))
    price = check.variantPrice(variant.price, "\(path).price", in: currency, isRequired: isWritten("price"))
    gtin = GTIN(variant.gtin.string)
    check.require(
      gtin != nil || variant.gtin.isEmpty, "\(path).gtin",
      "Must be 8, 12, 13 or 14 digits, the last of which is the check digit, or be empty.")
    check.require(
      (0...Self.weightGramsMax).contains(variant.weightGrams), "\(path).weight_grams",
      "Must be from 0 to \(Self.weightGramsMax).")
    weightGrams = variant.weightGrams == 0 ? nil : variant.weightGrams
    (names, values) = Self.options(variant.options, "\(path).options", &check)
  }

  private static func options(
    _ options: RepeatedField<VariantOption>, _ path: String, _ check: inout RequestCheck
  ) -> (names: [String], values: [String]) {
    guard options.count <= OptionMatrix.axesMax else {
      check.refuse(path, "Must have at most \(OptionMatrix.axesMax) elements, and has \(options.count).")
      return ([], [])
    }
    var (names, values): ([String], [String]) = ([], [])
    for (index, option) in options.enumerated() {
      let (path, charactersMax) = ("\(path)[\(index)]", OptionMatrix.charactersMax)
      names.append(check.line(option.name, "\(path).name", upTo: charactersMax, isRequired: true))
      values.append(check.line(option.value, "\(path).value", upTo: charactersMax, isRequired: true))
    }
    return (names, values)
  }

  /// Sets the fields of a variant that the request has.
  func write(to variant: Variant) {
    let arena = variant.storage.arena
    variant.sku = arena.text(sku)
    if let price { variant.price = price.message(in: arena) }
    if let gtin { variant.gtin = arena.text(gtin.text) }
    if let weightGrams { variant.weightGrams = weightGrams }
    if names.isEmpty { return }
    variant.options.removeAll()
    for (name, value) in zip(names, values) {
      let option = variant.options.appendNew()
      (option.name, option.value) = (arena.text(name), arena.text(value))
    }
    variant.title = arena.text(VariantOptions.title(values))
  }
}
