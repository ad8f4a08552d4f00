internal import Postgres

/// Writes the demo shop's rows by COPY in batches of products, so memory does not grow with the shop.
struct DemoWriter {
  /// Products whose rows are held in memory at a time.
  private static let batchMax = 2_500

  private let transaction: Transaction
  private let currency: String
  private let tree = DemoTree()
  private let pictures: [String: DemoImageFile]

  init(_ transaction: Transaction, currency: String, pictures: [String: DemoImageFile]) {
    (self.transaction, self.currency, self.pictures) = (transaction, currency, pictures)
  }

  func write(_ count: Int, report: (DemoShop.Progress) -> Void) async throws(PostgresError) {
    try await writeSellers()
    try await writeCategories()
    try await writePictures()
    let maker = DemoProductMaker(tree: tree, pictures: pictures)
    var rows = DemoRows(currency: currency)
    for start in stride(from: 0, to: count, by: Self.batchMax) {
      let end = min(start + Self.batchMax, count)
      for index in start..<end { rows.add(maker.product(index)) }
      try await write(rows)
      rows.removeAll()
      report(DemoShop.Progress(step: "writing products", products: end, total: count))
    }
    try await writeCollections()
    try await writeTranslations(products: count)
  }

  private func writeCollections() async throws(PostgresError) {
    for (index, collection) in DemoCollection.all.enumerated() {
      try await transaction.execute(
        """
        INSERT INTO catalog.collection (id, slug, title, description, rule, price_currency, position, created_at,
                                        updated_at)
        VALUES (\(DemoID(.collection, index).description)::uuid, \(collection.slug), \(collection.title),
                \(collection.description), \(collection.rule)::jsonb, \(currency), \(index),
                '2024-01-01 00:00Z', '2024-01-01 00:00Z')
        """)
    }
    try await transaction.execute(
      """
      INSERT INTO catalog.collection_product (collection_id, product_id, position)
      SELECT o.id, p.id, p.place
        FROM catalog.collection o,
             (SELECT id, row_number() OVER (ORDER BY rating_score DESC, id) AS place
                FROM catalog.product ORDER BY rating_score DESC, id LIMIT \(DemoCollection.picksMax)) p
       WHERE o.rule IS NULL
      """)
  }

  /// The translations; those of former products go with them.
  private func writeTranslations(products count: Int) async throws(PostgresError) {
    try await transaction.execute("DELETE FROM platform.translation")
    for translation in DemoTranslation.all(tree, products: count) {
      let paths = translation.texts.map(\.path)
      try await transaction.execute(
        """
        INSERT INTO platform.translation (resource_id, locale, texts, sources, is_current, updated_at)
        VALUES (\(translation.resource.description)::uuid, \(translation.locale),
                jsonb_object(\(paths)::text[], \(translation.texts.map(\.text))::text[]),
                jsonb_object(\(paths)::text[], \(translation.texts.map(\.source))::text[]), true, '2024-01-01 00:00Z')
        """)
    }
  }

  private func write(_ rows: DemoRows) async throws(PostgresError) {
    try await transaction.copy(
      """
      COPY catalog.product (id, seller_id, category_id, slug, external_id, title, description, brand, tags, status,
                            price_minor, currency, rating_sum, rating_count, units_sold, variants, images, created_at,
                            updated_at, published_at)
      FROM STDIN WITH (FREEZE)
      """, rows.products.bytes)
    try await transaction.copy(
      """
      COPY catalog.variant (id, product_id, seller_id, position, sku, title, options, price_minor, currency)
      FROM STDIN WITH (FREEZE)
      """, rows.variants.bytes)
    try await transaction.copy(
      """
      COPY catalog.image (id, product_id, seller_id, position, url, alt, width, height, file_hash)
      FROM STDIN WITH (FREEZE)
      """, rows.images.bytes)
    try await transaction.copy(
      """
      COPY inventory.stock (variant_id, product_id, seller_id, on_hand) FROM STDIN WITH (FREEZE)
      """, rows.stock.bytes)
  }

  /// The files of the pictures, each of which some products show.
  private func writePictures() async throws(PostgresError) {
    var text = CopyText()
    var written: Set<String> = []
    for (_, file) in pictures.sorted(by: { $0.key < $1.key }) {
      guard let upload = file.upload, written.insert(upload.digits).inserted else { continue }
      text.field("\\x\(upload.digits)")
      text.field(upload.contentType)
      text.field(upload.bytes)
      text.field(file.width)
      text.field(file.height)
      text.endRow()
    }
    try await transaction.copy(
      "COPY catalog.media_file (hash, content_type, size_bytes, width, height) FROM STDIN", text.bytes)
  }

  private func writeSellers() async throws(PostgresError) {
    var text = CopyText()
    for seller in DemoSeller.all {
      text.field(seller.id)
      text.field(seller.slug)
      text.field(seller.name)
      text.field("2023-06-01 00:00Z")
      text.endRow()
    }
    try await transaction.copy("COPY catalog.seller (id, slug, name, created_at) FROM STDIN", text.bytes)
    try await writeShops()
  }

  /// The shops of the sellers; those of former sellers go with them.
  private func writeShops() async throws(PostgresError) {
    try await transaction.execute("DELETE FROM sellers.shop")
    var text = CopyText()
    for seller in DemoSeller.all {
      text.field(seller.id)
      text.field(seller.about)
      text.field(seller.trader)
      for _ in ["created", "updated"] { text.field("2023-06-01 00:00Z") }
      text.endRow()
    }
    try await transaction.copy(
      "COPY sellers.shop (seller_id, description, trader, created_at, updated_at) FROM STDIN", text.bytes)
  }

  private func writeCategories() async throws(PostgresError) {
    var text = CopyText()
    for node in tree.nodes {
      text.field(node.id)
      if let parent = node.lineage.dropLast().last { text.field(parent) } else { text.null() }
      text.field(node.slug)
      text.field(node.path)
      text.field(node.title)
      text.field("{\(node.lineage.map(\.description).joined(separator: ","))}")
      text.field(node.position)
      text.field(node.place)
      text.endRow()
    }
    try await transaction.copy(
      "COPY catalog.category (id, parent_id, slug, path, title, lineage, position, place) FROM STDIN", text.bytes)
  }
}
