internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// The key of one product in a request: its id or its slug.
enum ProductKey {
  case id(ID)
  case slug(String)

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: GetProductRequest) throws {
    var check = RequestCheck()
    switch request.key {
    case .id(let id): self = .id(check.id(id, "id"))
    case .slug(let slug): self = .slug(check.address(slug, "slug", upTo: ProductFields.slugCharactersMax))
    case nil:
      check.refuse("key", "One of id and slug must be set.")
      self = .id(.none)
    }
    _ = check.code(request.channel, "channel")
    try check.verify()
  }

  /// The identifier that the caller used.
  var name: String {
    switch self {
    case .id(let id): id.description
    case .slug(let slug): slug
    }
  }

  /// The product as shoppers see it, in a channel or the whole shop; nil when there is none, or when it is not shown.
  func read(
    _ call: Call, through cache: MessageCache<Product>, in channel: ShopChannel? = nil
  ) async throws -> EncodedMessage<Product>? {
    let columns = MessageVersion.named(channel.version)
    return try await cache.page(
      versions: channel == nil ? versions : query(columns, in: channel),
      whole: query("\(channel.product), \(columns)", in: channel), size: 1, call
    ).elements.first
  }

  /// The statement that names the product's version in the whole shop, for the rows of ``query(_:in:)``. Without
  /// OFFSET, Postgres would look for the names of seller and category twice.
  var versions: Query {
    let query: Query = """
      SELECT \(MessageVersion.named("n.version"))
        FROM (SELECT \(ProductColumns.versionOfShown) AS version
                FROM catalog.product p
               WHERE \(condition) AND p.status = 'active'
              OFFSET 0) n
       WHERE n.version IS NOT NULL
      """
    return query.plannedOnce
  }

  func query(_ columns: Query, in channel: ShopChannel?) -> Query {
    let query: Query = """
      SELECT \(columns)
        FROM \(ProductColumns.tables)
        \(channel?.listing ?? "")
       WHERE \(condition) AND p.status = 'active' AND NOT s.is_hidden AND \(channel?.shows ?? "true")
      """
    return query.plannedOnce
  }

  private var condition: Query {
    switch self {
    case .id(let id): "p.id = \(id)"
    case .slug(let slug): "p.slug = \(slug)"
    }
  }
}
