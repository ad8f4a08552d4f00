internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Collections, inside a unit of work. Each change is recorded: in the audit log, and as an event.
struct CollectionStore {
  static let type = Collection.descriptor.fullName
  private static let topic = "catalog.collection"
  private static let collectionsMax = 1_000
  /// What the prices in a rule are in.
  private static var shopCurrency: Query { "(SELECT c.code FROM catalog.shop_currency c)" }

  let work: Work

  /// Locks a collection; before it the tree of categories, for a new rule, as a merge of categories does.
  /// - Throws: ``CatalogError/noSuchCollection(_:)``; ``StaleETag`` when the collection has changed since the caller
  ///   looked.
  func lock(_ id: ID, in state: ExpectedState, keepsTree: Bool = false) async throws -> Collection {
    if keepsTree { lockTree() }
    let query: Query = "SELECT \(CollectionColumns.collection) FROM catalog.collection o WHERE o.id = \(id) FOR UPDATE"
    guard let found = try await work.first(Collection.self, query), let etag = ETag(found.etag.string) else {
      throw CatalogError.noSuchCollection(id.description)
    }
    try state.verify(etag.version, of: Self.type, id)
    return found
  }

  /// Keeps what a rule names from being merged into another category between the look at it and the end of the work.
  private func lockTree() { work.send("SELECT catalog.lock_tree_shared()") }

  /// - Throws: ``CatalogError``.
  func create(_ fields: CollectionFields) async throws -> Collection {
    if let rule = fields.rule {
      lockTree()
      try await rule.verifyReferences(work)
    }
    let id = ID.made(at: work.now)
    // One at a time: each counts those before it.
    work.send("SELECT pg_advisory_xact_lock(hashtext('catalog.collection'))")
    let charactersMax = CollectionFields.slugCharactersMax
    let wanted = fields.slug ?? Slug(of: fields.title, charactersMax: charactersMax) ?? Slug.of("collection", id)
    var made = try await insert(id, named: wanted, fields)
    if made == nil {
      try await verifyCount()
      guard fields.slug == nil else { throw CatalogError.slugTaken(wanted.text) }
      made = try await insert(id, named: wanted.distinguished(by: id, charactersMax: charactersMax), fields)
    }
    guard let made else { throw CatalogError.slugTaken(wanted.text) }
    try record(.create, of: id, before: nil, after: made)
    return made
  }

  /// - Returns: nil when the slug is taken, or there are too many collections.
  private func insert(_ id: ID, named slug: Slug, _ fields: CollectionFields) async throws -> Collection? {
    let rule = try fields.rule?.json()
    return try await work.first(
      Collection.self,
      """
      INSERT INTO catalog.collection AS o (id, slug, title, description, rule, position, visible_from, visible_until,
                                           seo_title, seo_description, price_currency)
      SELECT \(id), \(slug.text), \(fields.title), \(fields.description), \(rule)::jsonb, \(fields.position),
             coalesce(\(fields.visibleFrom)::timestamptz, '-infinity'),
             coalesce(\(fields.visibleUntil)::timestamptz, 'infinity'), \(fields.seoTitle), \(fields.seoDescription),
             \(Self.shopCurrency)
       WHERE (SELECT count(*) FROM catalog.collection) < \(Self.collectionsMax)
          ON CONFLICT ON CONSTRAINT collection_slug_key DO NOTHING
      RETURNING \(CollectionColumns.collection)
      """)
  }

  /// - Throws: ``CatalogError/tooManyCollections``.
  private func verifyCount() async throws {
    let rows = try await work.rows("SELECT count(*) AS collections FROM catalog.collection", access: .write)
    if try rows.first?.int64("collections") ?? 0 >= Self.collectionsMax { throw CatalogError.tooManyCollections }
  }

  /// Writes the fields that the mask names. The tree is locked if the rule is one of them.
  /// - Throws: ``CatalogError``; INVALID_ARGUMENT for a time in which nobody could see the collection.
  func update(
    _ before: Collection, _ id: ID, _ fields: CollectionFields, _ mask: UpdateMask
  ) async throws -> Collection {
    if mask.contains("rule") { try await fields.rule?.verifyReferences(work) }
    try verifySpan(before, fields, mask)
    let slug = newSlug(before, id, fields, mask)
    var after = try await write(id, named: slug, fields, mask)
    if after == nil, let slug, fields.slug == nil {
      let other = slug.distinguished(by: id, charactersMax: CollectionFields.slugCharactersMax)
      after = try await write(id, named: other, fields, mask)
    }
    guard let after else {
      throw slug.map { CatalogError.slugTaken($0.text) } ?? CatalogError.noSuchCollection(id.description)
    }
    StoredTranslations(of: id, in: work).compare(with: after.sources, insteadOf: before.sources)
    try record(.update, of: id, before: before, after: after)
    return after
  }

  /// - Parameter slug: nil to keep it.
  /// - Returns: nil when another collection has the slug.
  private func write(
    _ id: ID, named slug: Slug?, _ fields: CollectionFields, _ mask: UpdateMask
  ) async throws -> Collection? {
    let rule = try fields.rule?.json()
    let query: Query = """
      UPDATE catalog.collection o
         SET title = coalesce(\(mask.contains("title") ? fields.title : nil)::text, o.title),
             slug = coalesce(\(slug?.text)::text, o.slug),
             description = coalesce(\(mask.contains("description") ? fields.description : nil)::text, o.description),
             rule = CASE WHEN \(mask.contains("rule"))::boolean THEN \(rule)::jsonb ELSE o.rule END,
             price_currency = CASE WHEN \(mask.contains("rule"))::boolean THEN \(Self.shopCurrency)
                                   ELSE o.price_currency END,
             position = coalesce(\(mask.contains("position") ? fields.position : nil)::int, o.position),
             visible_from = CASE WHEN \(mask.contains("visible_from"))::boolean
                                 THEN coalesce(\(fields.visibleFrom)::timestamptz, '-infinity')
                                 ELSE o.visible_from END,
             visible_until = CASE WHEN \(mask.contains("visible_until"))::boolean
                                  THEN coalesce(\(fields.visibleUntil)::timestamptz, 'infinity')
                                  ELSE o.visible_until END,
             seo_title = coalesce(\(mask.contains("seo_title") ? fields.seoTitle : nil)::text, o.seo_title),
             seo_description = coalesce(
               \(mask.contains("seo_description") ? fields.seoDescription : nil)::text, o.seo_description),
             version = o.version + 1, updated_at = clock_timestamp()
       WHERE o.id = \(id)
      RETURNING \(CollectionColumns.collection)
      """
    guard slug != nil else { return try await work.first(Collection.self, query) }
    do {
      return try await work.savepoint { try await work.first(Collection.self, query) }
    } catch let error as PostgresError where error.violates("catalog.collection_slug_key") {
      return nil
    }
  }

  /// The slug that the collection gets: one that is changed to an empty one is made of the title. Nil to keep it.
  private func newSlug(
    _ before: Collection, _ id: ID, _ fields: CollectionFields, _ mask: UpdateMask
  ) -> Slug? {
    guard mask.contains("slug") else { return nil }
    let title = mask.contains("title") ? fields.title : before.title.string
    return fields.slug ?? Slug(of: title, charactersMax: CollectionFields.slugCharactersMax)
      ?? Slug.of("collection", id)
  }

  private func verifySpan(_ before: Collection, _ fields: CollectionFields, _ mask: UpdateMask) throws {
    let from = mask.contains("visible_from") ? fields.visibleFrom : before.visibleFrom.flatMap { Instant($0) }
    let until = mask.contains("visible_until") ? fields.visibleUntil : before.visibleUntil.flatMap { Instant($0) }
    guard let from, let until else { return }
    var check = RequestCheck()
    CollectionFields.verify(from, until, &check)
    try check.verify()
  }

  func delete(_ before: Collection, _ id: ID) async throws {
    _ = try await work.execute("DELETE FROM catalog.collection WHERE id = \(id)")
    StoredTranslations(of: id, in: work).delete()
    try record(.delete, of: id, before: before, after: nil)
  }

  /// Says which products a collection has, in their order.
  /// - Throws: ``CatalogError``.
  func setProducts(_ products: [ID], of before: Collection, _ id: ID) async throws -> Collection {
    guard before.rule == nil else { throw CatalogError.collectionHasRule }
    // Whoever deletes a product holds its row and then waits for its places in collections: so the products come first.
    let found = Set(
      try await work.rows(
        "SELECT p.id FROM catalog.product p WHERE p.id = ANY (\(products)::uuid[]) ORDER BY p.id FOR KEY SHARE",
        access: .write
      ).map { try $0.string("id") })
    for product in products where !found.contains(product.description) {
      throw CatalogError.noSuchManagedProduct(product.description)
    }
    work.send("DELETE FROM catalog.collection_product x WHERE x.collection_id = \(id)")
    work.send(
      """
      INSERT INTO catalog.collection_product (collection_id, product_id, position)
      SELECT \(id), n.product_id, n.position
        FROM unnest(\(products)::uuid[]) WITH ORDINALITY n (product_id, position)
      """)
    let after = try await work.first(
      Collection.self,
      """
      UPDATE catalog.collection o
         SET version = o.version + 1, updated_at = clock_timestamp()
       WHERE o.id = \(id)
      RETURNING \(CollectionColumns.collection)
      """)
    guard let after else { throw CatalogError.noSuchCollection(id.description) }
    try record(.setProducts, of: id, before: before, after: after)
    return after
  }

  func record(_ change: RecordedChange, of id: ID, before: Collection?, after: Collection?) throws {
    try work.audit("catalog.collection.\(change.action)", on: Self.type, id, before: before, after: after)
    work.publish(NewEvent(Self.topic, change.event, of: id))
  }
}
