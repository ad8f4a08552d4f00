internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The attributes of a type of products, as a request defines them.
struct AttributeDefinitions {
  /// The maximum number of attributes of a type.
  static let attributesMax = 30
  private static let axesMax = 3
  private static let codeBytesMax = 50
  private static let unitCharactersMax = 20
  private static let choicesMax = 50
  private static let axisKinds: Set<AttributeKind> = [.text, .number, .choice]

  /// By code.
  private var kinds: [String: AttributeKind] = [:]
  private var definitions: [ProductAttribute] = []

  /// Reads the attributes in `field`, and notes everything that is wrong.
  init(_ attributes: RepeatedField<ProductAttribute>, _ field: String, _ check: inout RequestCheck) {
    guard attributes.count <= Self.attributesMax else {
      check.refuse(field, "Must have at most \(Self.attributesMax) attributes, and has \(attributes.count).")
      return
    }
    for (index, attribute) in attributes.enumerated() { append(attribute, "\(field)[\(index)]", &check) }
    check.require(
      definitions.count(where: \.isVariantAxis) <= Self.axesMax, field,
      "Must have at most \(Self.axesMax) attributes that distinguish variants.")
  }

  private mutating func append(_ attribute: ProductAttribute, _ field: String, _ check: inout RequestCheck) {
    let definition = ProductAttribute(in: attribute.storage.arena)
    let code = attribute.code.string
    check.require(
      Self.isCode(code), "\(field).code",
      "Must have 1 to \(Self.codeBytesMax) lower-case ASCII letters, digits and underscores, a letter first.")
    check.require(
      kinds.updateValue(attribute.kind, forKey: code) == nil, "\(field).code", "Must be unique in the type.")
    definition.code = attribute.code
    definition.title = text(check.line(attribute.title, "\(field).title", isRequired: true), in: definition)
    definition.kind = attribute.kind
    definition.unit = text(check.line(attribute.unit, "\(field).unit", upTo: Self.unitCharactersMax), in: definition)
    check.require(
      definition.unit.isEmpty || attribute.kind == .number, "\(field).unit", "Must be empty: only numbers have units.")
    choices(of: attribute, into: definition, "\(field).choices", &check)
    switch attribute.kind {
    case .unspecified, .unrecognized:
      check.refuse("\(field).kind", "Must be a known AttributeKind, such as ATTRIBUTE_KIND_TEXT.")
    case .text, .number, .choice, .flag, .date: break
    }
    (definition.isRequired, definition.isFilterable) = (attribute.isRequired, attribute.isFilterable)
    definition.isVariantAxis = attribute.isVariantAxis
    check.require(
      !attribute.isVariantAxis || Self.axisKinds.contains(attribute.kind), "\(field).is_variant_axis",
      "Must be false: only texts, numbers and choices distinguish variants.")
    definitions.append(definition)
  }

  private func choices(
    of attribute: ProductAttribute, into definition: ProductAttribute, _ field: String, _ check: inout RequestCheck
  ) {
    guard attribute.kind == .choice else {
      check.require(attribute.choices.isEmpty, field, "Must be empty: the attribute is no choice.")
      return
    }
    guard (1...Self.choicesMax).contains(attribute.choices.count) else {
      check.refuse(field, "Must have 1 to \(Self.choicesMax) elements, and has \(attribute.choices.count).")
      return
    }
    var seen: Set<String> = []
    for (index, choice) in attribute.choices.enumerated() {
      let line = check.line(choice, "\(field)[\(index)]", isRequired: true)
      check.require(seen.insert(line).inserted, "\(field)[\(index)]", "Must differ from the other choices.")
      definition.choices.append(text(line, in: definition))
    }
  }

  private func text(_ text: String, in message: ProductAttribute) -> Text { message.storage.arena.text(text) }

  /// Whether an attribute can have the code.
  static func isCode(_ code: String) -> Bool {
    guard (1...codeBytesMax).contains(code.utf8.count), let first = code.utf8.first else { return false }
    return isLetter(first)
      && code.utf8.allSatisfy {
        isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
      }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

  /// The code of an attribute that had another kind; nil when there is none.
  func changedKind(from former: RepeatedField<ProductAttribute>) -> String? {
    former.first { attribute in kinds[attribute.code.string].map { $0 != attribute.kind } ?? false }?.code.string
  }

  /// The attributes as JSON, for a value of type `jsonb`.
  func json() throws -> String { "[" + (try definitions.map { try $0.json() }).joined(separator: ",") + "]" }
}
