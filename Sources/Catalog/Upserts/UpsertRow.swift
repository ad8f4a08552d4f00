internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import TypeAPI

/// A row of an upsert that can be tried: a product by its external id.
struct UpsertRow {
  /// The fields that a row can change.
  static let fields = ProductFields.all.filter { $0 != "external_id" } + ["variants"]

  let externalID: String
  let fields: ProductFields
  let variants: [VariantFields]
  private let product: Product
  private let mask: UpdateMask
  private let expected: ExpectedState

  /// - Throws: ``RowRefusal`` for what is wrong whatever there is.
  init(_ product: Product, changing updateMask: FieldMask?, in currency: Currency) throws(RowRefusal) {
    self.product = product
    var check = RequestCheck()
    let mask = check.updateMask(updateMask, of: product, changing: Self.fields, canBeEmpty: true)
    check.require(
      !mask.isEmpty || product.status == .unspecified, "product.status",
      "Cannot be changed here: `publish` of the request, or PublishProduct, puts a product on sale.")
    self.mask = mask
    fields = ProductFields(product, &check) { mask.contains($0) }
    check.require(fields.externalID != nil, "product.external_id", "Must be set.")
    externalID = fields.externalID ?? ""
    variants = Self.variants(product.variants, in: currency, &check)
    expected = check.etag(product.etag, "product.etag")
    try check.verifyRow()
  }

  private static func variants(
    _ list: RepeatedField<Variant>, in currency: Currency, _ check: inout RequestCheck
  ) -> [VariantFields] {
    guard list.count <= OptionMatrix.combinationsMax else {
      check.refuse(
        "product.variants", "Must have at most \(OptionMatrix.combinationsMax) elements, and has \(list.count).")
      return []
    }
    var variants: [VariantFields] = []
    var skus: Set<String> = []
    for (index, variant) in list.enumerated() {
      let path = "product.variants[\(index)]"
      let fields = VariantFields(variant, path, in: currency, &check) { $0 == "sku" }
      check.require(skus.insert(fields.sku).inserted, "\(path).sku", "Must differ from those of the other variants.")
      check.require(
        Set(fields.names).count == fields.names.count, "\(path).options", "Must have different names of options.")
      variants.append(fields)
    }
    return variants
  }

  /// The slug that the row gives the product; nil to leave it to the shop.
  var slug: String? { fields.slug?.text }

  /// What the row makes of its product.
  /// - Parameter publishes: whether a draft is put on sale.
  /// - Throws: ``RowRefusal``.
  func change(
    on targets: inout UpsertTargets, publishing publishes: Bool, at now: Instant, in arena: Arena
  ) throws -> ProductChange {
    let before = targets.products[externalID]
    try verify(before)
    let id = before.flatMap { ID($0.id.string) } ?? ID.made(at: now)
    let after = before?.copy(in: arena) ?? Product(in: arena)
    // A new product has all that is set, whatever the mask says.
    let writes: (String) -> Bool = { before == nil || mask.contains($0) }
    try verifyReferences(of: after, id, targets, writes)
    let own = try before?.encoded()
    write(to: after, writes)
    let changesFields = try after.encoded() != own
    let changed = writes("variants") ? try mergeVariants(into: after, beside: before, targets, at: now) : []
    if writes("product_type_id") || writes("attributes") { try verifyCompleteness(of: after, targets) }
    targets.take(after, id, insteadOf: before)
    let isDraft = before == nil || before?.status == .draft
    return ProductChange(
      id: id, before: before, after: after, changesFields: changesFields, variants: changed,
      named: Set(variants.map(\.sku)), lacks: publishes && isDraft ? lacks(of: after, targets) : nil)
  }

  private func verify(_ before: Product?) throws(RowRefusal) {
    guard let before else {
      if case .exactly = expected {
        throw RowRefusal(CatalogError.noSuchManagedProduct(externalID), field: "etag")
      }
      // A new product needs more than a change does.
      var check = RequestCheck()
      _ = ProductFields(product, &check) { _ in true }
      return try check.verifyRow()
    }
    do throws(StaleETag) {
      try expected.verify(ETag(before.etag.string)?.version ?? 0, of: ProductStore.type, before.id.string)
    } catch {
      throw RowRefusal(error, field: "etag")
    }
  }

  private func verifyReferences(
    of product: Product, _ id: ID, _ targets: UpsertTargets, _ writes: (String) -> Bool
  ) throws(RowRefusal) {
    if writes("category_id"), !targets.categories.contains(fields.category) {
      throw RowRefusal(CatalogError.noSuchCategory(fields.category.description), field: "category_id")
    }
    if let slug, writes("slug"), let owner = targets.slugs[slug], owner != id {
      throw RowRefusal(CatalogError.slugTaken(slug), field: "slug")
    }
    guard writes("product_type_id") || writes("attributes") else { return }
    let typeID = writes("product_type_id") ? fields.productType : ID(product.productTypeID.string)
    let type = typeID.flatMap { targets.types[$0] }
    if let typeID, type == nil {
      throw RowRefusal(CatalogError.noSuchProductType(typeID.description), field: "product_type_id")
    }
    var check = RequestCheck()
    let values = writes("attributes") ? fields.attributes : AttributeValues(of: product)
    values.verify(against: type, &check)
    try check.verifyRow()
  }

  private func verifyCompleteness(of product: Product, _ targets: UpsertTargets) throws(RowRefusal) {
    guard product.status == .active else { return }
    let lacks = lacks(of: product, targets)
    if let field = lacks.keys.min() { throw RowRefusal(CatalogError.productIncomplete(lacks), field: field) }
  }

  private func lacks(of product: Product, _ targets: UpsertTargets) -> [String: String] {
    ProductStore.lacks(of: product, type: ID(product.productTypeID.string).flatMap { targets.types[$0] })
  }

  /// Sets the fields that the row writes. What is empty clears a field, but not the slug.
  private func write(to product: Product, _ writes: (String) -> Bool) {
    let arena = product.storage.arena
    product.externalID = arena.text(externalID)
    if writes("title") { product.title = arena.text(fields.title) }
    if let slug, writes("slug") { product.slug = arena.text(slug) }
    if writes("description") { product.description = arena.text(fields.description) }
    if writes("brand") { product.brand = arena.text(fields.brand) }
    if writes("category_id") { product.categoryID = arena.text(fields.category.description) }
    if writes("tags") {
      product.tags.removeAll()
      for tag in fields.tags { product.tags.append(arena.text(tag)) }
    }
    if writes("metadata") { fields.metadata.write(to: product.metadata, in: arena) }
    if writes("seo_title") { product.seoTitle = arena.text(fields.seoTitle) }
    if writes("seo_description") { product.seoDescription = arena.text(fields.seoDescription) }
    if writes("quantity_rules") {
      let rules = QuantityRules(in: arena)
      (rules.minimum, rules.maximum) = (fields.quantities.minimum, fields.quantities.maximum ?? 0)
      rules.step = fields.quantities.step
      product.quantityRules = rules
    }
    if writes("product_type_id") { product.productTypeID = arena.text(fields.productType?.description ?? "") }
    if writes("attributes") { fields.attributes.write(to: product) }
    if writes("buyable_from_time") { product.buyableFromTime = fields.buyableFrom?.timestamp(in: arena) }
  }
}

/// Variants.
extension UpsertRow {
  /// Puts the row's variants among those of the product, by their SKUs.
  /// - Returns: the positions of those that are new or changed.
  private func mergeVariants(
    into product: Product, beside before: Product?, _ targets: UpsertTargets, at now: Instant
  ) throws -> [Int] {
    if variants.isEmpty { return [] }
    for (index, fields) in variants.enumerated() {
      if let variant = product.variants.first(where: { $0.sku == fields.sku }) {
        fields.write(to: variant)
        continue
      }
      let path = "variants[\(index)]"
      if targets.skus.contains(fields.sku) {
        throw RowRefusal(CatalogError.skuTaken(fields.sku), field: "\(path).sku")
      }
      var check = RequestCheck()
      check.require(fields.price != nil, "\(path).price", "Must be set for a new variant.")
      try check.verifyRow()
      let variant = product.variants.appendNew()
      variant.id = product.storage.arena.text(ID.made(at: now).description)
      fields.write(to: variant)
    }
    try verifyVariants(of: product)
    try targets.gtins.verify(product, insteadOf: before, variants)
    if before == nil {
      product.price = product.variants.compactMap(\.price).min { $0.amountMinor < $1.amountMinor }
    }
    let present = try before?.variants.map { try $0.encoded() } ?? []
    return try product.variants.indices.filter { place in
      try place >= present.count || product.variants[place].encoded() != present[place]
    }
  }

  /// Verifies what holds for the variants of a product together. A refusal names a variant of the row: without it, the
  /// product is right.
  private func verifyVariants(of product: Product) throws(RowRefusal) {
    let variants = product.variants
    guard variants.count <= OptionMatrix.combinationsMax else {
      throw RowRefusal(CatalogError.tooManyVariants(Int64(variants.count)), field: "variants")
    }
    let names = VariantOptions.names(of: product)
    var skus: [[String]: String] = [:]
    for variant in variants {
      let sku = variant.sku.string
      let own = variant.options.map(\.name.string)
      guard own == names else {
        if let field = options(of: sku) { throw RowRefusal(CatalogError.optionsDiffer(names), field: field) }
        // The row gives the first variant other names than the others have.
        let field = variants.first.flatMap { options(of: $0.sku.string) }
        throw RowRefusal(CatalogError.optionsDiffer(own), field: field ?? "variants")
      }
      guard let other = skus.updateValue(sku, forKey: variant.options.map(\.value.string)) else { continue }
      // One of the two has its values from the row.
      let field = options(of: sku)
      throw RowRefusal(
        CatalogError.optionsTaken(field == nil ? sku : other), field: field ?? options(of: other) ?? "variants")
    }
  }

  /// The path in the row of the options of a variant.
  private func options(of sku: String) -> String? {
    variants.firstIndex { $0.sku == sku }.map { "variants[\($0)].options" }
  }
}
