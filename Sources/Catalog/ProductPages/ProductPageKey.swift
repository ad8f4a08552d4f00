internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// The key of a product page in a request.
enum ProductPageKey {
  case id(ID)
  case variant(ID)
  case product(ID)
  case gtin(String)

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: GetProductPageRequest) throws {
    var check = RequestCheck()
    switch request.key {
    case .id(let id): self = .id(check.id(id, "id"))
    case .variantID(let id): self = .variant(check.id(id, "variant_id"))
    case .productID(let id): self = .product(check.id(id, "product_id"))
    case .gtin(let text):
      let gtin = GTIN(text.string)
      check.require(
        gtin != nil, "gtin", "Must be 8, 12, 13 or 14 digits, the last of which is the check digit.")
      self = .gtin(gtin?.text ?? "")
    case nil:
      check.refuse("key", "One of id, variant_id, product_id and gtin must be set.")
      self = .id(.none)
    }
    _ = check.code(request.channel, "channel")
    try check.verify()
  }

  /// The identifier that the caller used.
  var name: String {
    switch self {
    case .id(let id), .variant(let id), .product(let id): id.description
    case .gtin(let gtin): gtin
    }
  }

  /// The response without its product; no row when there is no such page, or nothing on it that the channel shows.
  func query(in channel: ShopChannel? = nil) -> Query {
    let query: Query = """
      SELECT \(ProductPageColumns.nested), \(isFormer) AS is_former
        FROM \(PageOffers.rows(of: asked(in: channel), in: channel))
       ORDER BY o.rank, o.price_minor, o.seller_name COLLATE "C", o.variant_id
       LIMIT 1
      """
    return query.plannedOnce
  }

  private var isFormer: Query {
    if case .id = self { "o.page_id <> o.asked_id" } else { "false" }
  }

  /// The id of the page that is asked for.
  private func asked(in channel: ShopChannel?) -> Query {
    switch self {
    case .id(let id): "\(id)"
    case .variant(let id): Self.page(ofVariants: "v.id = \(id)", in: channel)
    case .product(let id): Self.page(ofVariants: "v.product_id = \(id)", in: channel)
    case .gtin(let gtin): "catalog.page_of_gtin(\(gtin))"
    }
  }

  /// The page of the first of some variants that everybody sees and that is on one.
  private static func page(ofVariants condition: Query, in channel: ShopChannel?) -> Query {
    """
    (SELECT w.id
               FROM catalog.variant v
               JOIN catalog.product p ON p.id = v.product_id AND p.status = 'active'
               JOIN catalog.seller s ON s.id = p.seller_id AND NOT s.is_hidden
               \(channel.listing)
               LEFT JOIN catalog.page_placement j ON j.variant_id = v.id AND j.is_joined
              CROSS JOIN LATERAL (SELECT coalesce(j.page_id, catalog.page_of_gtin(v.gtin)) AS id) w
               LEFT JOIN catalog.product_page g ON g.id = w.id
              WHERE \(condition) AND w.id IS NOT NULL AND \(channel.shows)
                AND (j.page_id IS NOT NULL
                     OR NOT EXISTS (SELECT FROM catalog.page_placement m
                                     WHERE m.variant_id = v.id AND m.page_id IN (w.id, g.merged_into)))
              ORDER BY v.position
              LIMIT 1)
    """
  }
}

extension ProductPageKey {
  /// A product may go off sale between the two reads of a call. Then both are read again.
  private static let readsMax = 3

  /// The response, and the product that the page's texts are from.
  /// - Throws: ``CatalogError/noSuchProductPage(_:)``.
  func read(
    _ call: Call, through cache: MessageCache<Product>, in channel: ShopChannel?
  ) async throws -> (response: GetProductPageResponse, product: EncodedMessage<Product>) {
    for _ in 0..<Self.readsMax {
      guard let response = try await call.database.first(GetProductPageResponse.self, query(in: channel)),
        let source = response.page.flatMap({ ID($0.productID.string) })
      else { break }
      if let product = try await ProductKey.id(source).read(call, through: cache, in: channel) {
        return (response, product)
      }
    }
    throw CatalogError.noSuchProductPage(name)
  }
}
