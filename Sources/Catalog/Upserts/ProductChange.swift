internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// What a row of an upsert makes of its product.
struct ProductChange {
  private static let isWritten = "every product of an upsert is written"
  private static let areWritten = "every variant of an upsert is written"

  let id: ID
  /// Nil for a new product.
  let before: Product?
  let after: Product
  let changesFields: Bool
  /// The positions in `after.variants` of those that are new or changed.
  let variants: [Int]
  /// The SKUs that the row names.
  let named: Set<String>
  /// What a draft lacks that is to be put on sale; nil for all others.
  let lacks: [String: String]?
  /// When it is written: after those with a lower number, because it takes the slug of one of them.
  var turn: Int32 = 0

  /// Whether a draft is put on sale.
  private var isPublished: Bool { lacks?.isEmpty == true }
  /// Whether the product is so already.
  var isNothing: Bool { !changesFields && variants.isEmpty && !isPublished }

  /// Writes all changes, in a constant number of statements, and records them.
  /// - Returns: the products after it.
  static func save(
    _ changes: [ProductChange], of seller: ID, _ store: ProductStore
  ) async throws -> [ID: Product] {
    if changes.isEmpty { return [:] }
    let work = store.work
    // A product of which only variants change is written once, with these.
    let written = changes.filter { $0.before == nil || $0.changesFields || $0.isPublished && $0.variants.isEmpty }
    if !written.isEmpty { work.sendRequirement(try write(written, of: seller), rows: written.count, isWritten) }
    try sendVariants(of: changes.filter { !$0.variants.isEmpty }, written: written.map(\.id), seller, work)
    publish(changes.filter(\.isPublished).map(\.id), work)
    let products = try await store.products(changes.map(\.id))
    let shelved = products.filter { $0.value.status == .active }.keys.sorted()
    store.noteDepartures(changes.map { ($0.before, products[$0.id]) })
    // The lists come last, with COMMIT, so that others wait for no round trip at the counts.
    if !shelved.isEmpty { work.send("SELECT catalog.shelve_products(\(shelved)::uuid[])") }
    for change in changes { try change.record(products[change.id], store) }
    return products
  }

  /// Puts drafts on sale, as ``ProductPublication`` does. Their versions have moved already.
  private static func publish(_ ids: [ID], _ work: Work) {
    if ids.isEmpty { return }
    work.send(
      """
      UPDATE catalog.product p
         SET status = 'active', published_at = coalesce(p.published_at, clock_timestamp()), publish_at = NULL
       WHERE p.id = ANY (\(ids)::uuid[])
      """)
  }

  private func record(_ product: Product?, _ store: ProductStore) throws {
    guard let before else { return try store.record(.upsertNew, of: id, before: nil, after: product) }
    if let product {
      StoredTranslations(of: id, in: store.work).compare(with: product.sources, insteadOf: before.sources)
    }
    var changes: [RecordedChange] = []
    if changesFields { changes.append(.upsert) }
    if !variants.isEmpty { changes.append(.upsertVariants) }
    if isPublished { changes.append(.publish) }
    guard let first = changes.first else { return }
    try store.record(first, of: id, before: before, after: product)
    for change in changes.dropFirst() { store.publish(change, of: id, before: before, after: product) }
  }

  /// The rows go by turns, and in the order of the slugs, so that two works with the same ones do not wait for each
  /// other. A product that is there keeps the price that shoppers see, which may be a scheduled one: its variants bring
  /// the next one.
  private static func write(_ changes: [ProductChange], of seller: ID) throws -> Query {
    let after = changes.map(\.after)
    let minimums = after.map { $0.quantityRules?.minimum ?? 1 }
    let maximums = after.map { product in product.quantityRules.flatMap { $0.maximum == 0 ? nil : $0.maximum } }
    let steps = after.map { $0.quantityRules?.step ?? 1 }
    let types = after.map { ID($0.productTypeID.string) }
    let (prices, currencies) = (after.map { $0.price?.amountMinor }, after.map { $0.price?.currency })
    let lists = try after.map(Self.lists)
    let buyable = after.map { $0.buyableFromTime.flatMap { Instant($0) } }
    return """
      INSERT INTO catalog.product AS p
             (id, seller_id, category_id, slug, title, description, brand, external_id, seo_title, seo_description,
              quantity_min, quantity_max, quantity_step, product_type_id, price_minor, currency, tags, metadata,
              attributes, buyable_from)
      SELECT n.id, \(seller), n.category_id, n.slug, n.title, n.description, n.brand, n.external_id, n.seo_title,
             n.seo_description, n.quantity_min, n.quantity_max, n.quantity_step, n.product_type_id, n.price_minor,
             n.currency, ARRAY(SELECT jsonb_array_elements_text(n.lists -> 'tags')),
             coalesce(n.lists -> 'metadata', '{}'), coalesce(n.lists -> 'attributes', '[]'),
             n.buyable_from
        FROM unnest(\(changes.map(\.id))::uuid[], \(after.map(\.categoryID))::uuid[], \(after.map(\.slug))::text[],
                    \(after.map(\.title))::text[], \(after.map(\.description))::text[], \(after.map(\.brand))::text[],
                    \(after.map(\.externalID))::text[], \(after.map(\.seoTitle))::text[],
                    \(after.map(\.seoDescription))::text[], \(minimums)::int[], \(maximums)::int[], \(steps)::int[],
                    \(types)::uuid[], \(prices)::bigint[], \(currencies)::text[], \(lists)::jsonb[],
                    \(buyable)::timestamptz[], \(changes.map(\.turn))::int[])
               n (id, category_id, slug, title, description, brand, external_id, seo_title, seo_description,
                  quantity_min, quantity_max, quantity_step, product_type_id, price_minor, currency, lists,
                  buyable_from, turn)
       ORDER BY n.turn, n.slug
          ON CONFLICT ON CONSTRAINT product_pkey DO UPDATE
             SET category_id = excluded.category_id, slug = excluded.slug, title = excluded.title,
                 description = excluded.description, brand = excluded.brand, seo_title = excluded.seo_title,
                 seo_description = excluded.seo_description, quantity_min = excluded.quantity_min,
                 quantity_max = excluded.quantity_max, quantity_step = excluded.quantity_step,
                 product_type_id = excluded.product_type_id, tags = excluded.tags, metadata = excluded.metadata,
                 attributes = excluded.attributes, buyable_from = excluded.buyable_from,
                 version = p.version + 1, updated_at = clock_timestamp()
      RETURNING p.id
      """
  }

  /// Tags, metadata and attributes as one JSON object.
  private static func lists(_ product: Product) throws -> String {
    let lists = Product(in: Arena())
    (lists.tags, lists.metadata, lists.attributes) = (product.tags, product.metadata, product.attributes)
    return try lists.json()
  }
}

/// Variants.
extension ProductChange {
  private struct ChangedVariant {
    let product: ID
    let position: Int
    let isNew: Bool
    let variant: Variant
    let options: String
  }

  /// Writes the variants, makes the stock of new ones, and brings the products up to date: the versions move of those
  /// that are not `written` already.
  private static func sendVariants(
    of changes: [ProductChange], written: [ID], _ seller: ID, _ work: Work
  ) throws {
    if changes.isEmpty { return }
    let variants = try changes.flatMap { change in
      try change.variants.map { place in
        let variant = change.after.variants[place]
        let options = "[" + (try variant.options.map { try $0.json() }).joined(separator: ",") + "]"
        let isNew = place >= change.before?.variants.count ?? 0
        return ChangedVariant(
          product: change.id, position: place + 1, isNew: isNew, variant: variant, options: options)
      }
    }
    let (new, present) = (variants.filter(\.isNew), variants.filter { !$0.isNew })
    if !present.isEmpty { work.sendRequirement(update(present), rows: present.count, areWritten) }
    if !new.isEmpty {
      work.sendRequirement(insert(new, of: seller), rows: new.count, areWritten)
      work.send(
        "SELECT inventory.open_stocks(\(seller), \(new.map(\.product))::uuid[], \(new.map(\.variant.id))::uuid[])")
    }
    work.send("SELECT catalog.renew_variants(\(changes.map(\.id))::uuid[], \(written)::uuid[])")
  }

  /// Others wait for the locks of the products.
  private static func update(_ changed: [ChangedVariant]) -> Query {
    let variants = changed.map(\.variant)
    return """
      UPDATE catalog.variant v
         SET title = n.title, options = n.options::json, price_minor = n.price_minor, currency = n.currency,
             gtin = nullif(n.gtin, ''), weight_grams = nullif(n.weight_grams, 0)
        FROM unnest(\(variants.map(\.id))::uuid[], \(variants.map(\.title))::text[],
                    \(changed.map(\.options))::text[], \(variants.map { $0.price?.amountMinor })::bigint[],
                    \(variants.map { $0.price?.currency })::text[], \(variants.map(\.gtin))::text[],
                    \(variants.map(\.weightGrams))::int[])
               n (id, title, options, price_minor, currency, gtin, weight_grams)
       WHERE v.id = n.id
      RETURNING v.id
      """
  }

  /// The rows go in the order of the SKUs, as in ``VariantCreation``.
  private static func insert(_ made: [ChangedVariant], of seller: ID) -> Query {
    let variants = made.map(\.variant)
    return """
      INSERT INTO catalog.variant AS v
             (id, product_id, seller_id, position, sku, title, options, price_minor, currency, gtin, weight_grams)
      SELECT n.id, n.product_id, \(seller), n.position, n.sku, n.title, n.options::json, n.price_minor, n.currency,
             nullif(n.gtin, ''), nullif(n.weight_grams, 0)
        FROM unnest(\(variants.map(\.id))::uuid[], \(made.map(\.product))::uuid[],
                    \(made.map(\.position))::int[], \(variants.map(\.sku))::text[],
                    \(variants.map(\.title))::text[], \(made.map(\.options))::text[],
                    \(variants.map { $0.price?.amountMinor })::bigint[], \(variants.map { $0.price?.currency })::text[],
                    \(variants.map(\.gtin))::text[], \(variants.map(\.weightGrams))::int[])
               n (id, product_id, position, sku, title, options, price_minor, currency, gtin, weight_grams)
       ORDER BY n.sku
      RETURNING v.id
      """
  }
}
