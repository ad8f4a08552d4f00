internal import CatalogAPI
internal import Platform
internal import Protobuf

/// Every combination of the options of a product, in the order in which shoppers choose.
struct OptionMatrix {
  static let axesMax = 3
  static let combinationsMax = 250
  static let charactersMax = 50
  static let skuCharactersMax = 64
  private static let placeholder = "{options}"

  /// The names of the options.
  private(set) var names: [String] = []
  /// The values of each option.
  private var values: [[String]] = []
  /// The first value of each option.
  var firstValues: [String] { values.compactMap(\.first) }
  /// The values of each combination.
  private(set) var combinations: [[String]] = [[]]

  /// Reads the options of a request, and notes everything that is wrong.
  init(_ axes: RepeatedField<OptionAxis>, _ check: inout RequestCheck) {
    guard axes.count <= Self.axesMax else {
      check.refuse("axes", "Must have at most \(Self.axesMax) elements, and has \(axes.count).")
      return
    }
    for (index, axis) in axes.enumerated() {
      let name = check.line(axis.name, "axes[\(index)].name", upTo: Self.charactersMax, isRequired: true)
      check.require(!names.contains(name), "axes[\(index)].name", "Must differ from the other options.")
      let values = Self.values(axis.values, "axes[\(index)].values", &check)
      guard !values.isEmpty, combinations.count * values.count <= Self.combinationsMax else {
        check.require(values.isEmpty, "axes", "Must have at most \(Self.combinationsMax) combinations.")
        return
      }
      names.append(name)
      self.values.append(values)
      combinations = combinations.flatMap { combination in values.map { combination + [$0] } }
    }
  }

  private static func values(_ list: RepeatedField<Text>, _ field: String, _ check: inout RequestCheck) -> [String] {
    guard (1...combinationsMax).contains(list.count) else {
      check.refuse(field, "Must have 1 to \(combinationsMax) elements, and has \(list.count).")
      return []
    }
    var values: [String] = []
    for (index, text) in list.enumerated() {
      let value = check.line(text, "\(field)[\(index)]", upTo: charactersMax, isRequired: true)
      check.require(!values.contains(value), "\(field)[\(index)]", "Must differ from the other values.")
      values.append(value)
    }
    return values
  }

  /// The SKUs of all combinations by a pattern, without blanks at their ends. Notes when two are the same, or one is
  /// too long.
  func skus(_ pattern: Text, _ check: inout RequestCheck) -> [String] {
    let pattern = check.line(pattern, "sku_pattern", upTo: Self.skuCharactersMax, isRequired: true)
    let skus = combinations.map { combination in
      pattern.replacing(Self.placeholder, with: combination.map(Self.word(of:)).joined(separator: "-")).trimmed
    }
    check.require(
      skus.allSatisfy { (1...Self.skuCharactersMax).contains($0.unicodeScalars.count) }, "sku_pattern",
      "Must make SKUs of 1 to \(Self.skuCharactersMax) characters.")
    if Set(skus).count < skus.count { refuseSameSKUs(skus, pattern, &check) }
    return skus
  }

  /// What of a value is in SKUs: its letters and digits in ASCII, in lower case.
  private static func word(of value: String) -> String { Slug(of: value, charactersMax: charactersMax)?.text ?? "" }

  /// Names two values of one option that are the same in SKUs, or else two combinations that have the same SKU.
  private func refuseSameSKUs(_ skus: [String], _ pattern: String, _ check: inout RequestCheck) {
    if pattern.contains(Self.placeholder) {
      for (axis, values) in self.values.enumerated() {
        var first: [String: String] = [:]
        for (index, value) in values.enumerated() {
          guard let other = first.updateValue(value, forKey: Self.word(of: value)) else { continue }
          return check.refuse(
            "axes[\(axis)].values[\(index)]",
            "Must differ from \"\(other)\" in letters or digits: \"\(value)\" would get the same SKU. SKUs have no"
              + " signs, and no difference of case.")
        }
      }
    }
    var first: [String: [String]] = [:]
    for (sku, combination) in zip(skus, combinations) {
      guard let other = first.updateValue(combination, forKey: sku) else { continue }
      let (title, otherTitle) = (VariantOptions.title(combination), VariantOptions.title(other))
      return check.refuse(
        "sku_pattern",
        "Must make a different SKU for each combination, but \"\(otherTitle)\" and \"\(title)\" would both get"
          + " \"\(sku)\": use \(Self.placeholder), and values of different letters or digits.")
    }
  }
}
