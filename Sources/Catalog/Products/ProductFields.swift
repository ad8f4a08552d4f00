internal import CatalogAPI
internal import Platform
internal import Protobuf

/// The fields of a product that its seller writes.
struct ProductFields {
  static let all = [
    "title", "slug", "description", "brand", "category_id", "tags", "external_id", "metadata", "seo_title",
    "seo_description", "quantity_rules", "product_type_id", "attributes", "buyable_from_time",
  ]
  static let slugCharactersMax = 200
  static let titleCharactersMax = 300
  private static let descriptionCharactersMax = 20_000
  private static let tagsMax = 50
  private static let seoDescriptionCharactersMax = 400
  private static let quantityMax: Int32 = 1_000_000

  let title: String
  let slug: Slug?
  let description: String
  let brand: String
  let category: ID
  let tags: [String]
  let externalID: String?
  let metadata: ResourceMetadata
  let seoTitle: String
  let seoDescription: String
  let quantities: (minimum: Int32, maximum: Int32?, step: Int32)
  let productType: ID?
  let attributes: AttributeValues
  let buyableFrom: Instant?

  /// Reads the field `product` of a request, and notes everything that is wrong.
  /// - Parameter isWritten: whether the request writes a field.
  init(_ product: Product, _ check: inout RequestCheck, isWritten: (String) -> Bool) {
    title = check.line(
      product.title, "product.title", upTo: Self.titleCharactersMax, isRequired: isWritten("title"))
    check.isAsWritten(product.locale, "product.locale")
    slug = check.slug(product.slug, "product.slug", upTo: Self.slugCharactersMax)
    description = check.note(product.description, "product.description", upTo: Self.descriptionCharactersMax)
    brand = check.line(product.brand, "product.brand")
    category =
      isWritten("category_id")
      ? check.id(product.categoryID, "product.category_id")
      : check.optionalID(product.categoryID, "product.category_id") ?? ID.none
    tags = Self.tags(product.tags, &check)
    externalID = check.externalID(product.externalID, "product.external_id")
    metadata = check.metadata(product.metadata, "product.metadata")
    seoTitle = check.line(product.seoTitle, "product.seo_title")
    seoDescription = check.note(
      product.seoDescription, "product.seo_description", upTo: Self.seoDescriptionCharactersMax)
    quantities = Self.quantities(product.quantityRules, &check)
    productType = check.optionalID(product.productTypeID, "product.product_type_id")
    attributes = AttributeValues(product.attributes, &check)
    buyableFrom = product.buyableFromTime.flatMap { check.instant($0, "product.buyable_from_time") }
  }

  private static func tags(_ list: RepeatedField<Text>, _ check: inout RequestCheck) -> [String] {
    guard list.count <= tagsMax else {
      check.refuse("product.tags", "Must have at most \(tagsMax) elements, and has \(list.count).")
      return []
    }
    var tags: [String] = []
    for (index, text) in list.enumerated() {
      let tag = check.line(text, "product.tags[\(index)]", isRequired: true)
      if !tags.contains(tag) { tags.append(tag) }
    }
    return tags
  }

  private static func quantities(
    _ rules: QuantityRules?, _ check: inout RequestCheck
  ) -> (minimum: Int32, maximum: Int32?, step: Int32) {
    guard let rules else { return (1, nil, 1) }
    let field = "product.quantity_rules"
    for (name, value) in [("minimum", rules.minimum), ("maximum", rules.maximum), ("step", rules.step)] {
      check.require((0...quantityMax).contains(value), "\(field).\(name)", "Must be from 0 to \(quantityMax).")
    }
    let minimum = max(rules.minimum, 1)
    check.require(
      rules.maximum == 0 || rules.maximum >= minimum, "\(field).maximum", "Must not be below the minimum; 0 for none.")
    return (minimum, rules.maximum == 0 ? nil : rules.maximum, max(rules.step, 1))
  }
}
