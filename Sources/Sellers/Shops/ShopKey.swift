internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// The key of one shop in a request: the seller's id or the slug.
enum ShopKey {
  case seller(ID)
  case slug(String)

  /// - Throws: INVALID_ARGUMENT naming the field.
  init(_ request: GetShopRequest) throws {
    var check = RequestCheck()
    switch request.key {
    case .sellerID(let id): self = .seller(check.id(id, "seller_id"))
    case .slug(let slug): self = .slug(check.line(slug, "slug", isRequired: true).lowercased())
    case nil:
      check.refuse("key", "One of seller_id and slug must be set.")
      self = .seller(.none)
    }
    try check.verify()
  }

  /// The identifier that the caller used.
  var name: String {
    switch self {
    case .seller(let id): id.description
    case .slug(let slug): slug
    }
  }

  /// The page of the shop; a suspended one only for its team and staff.
  func query(for sellers: SellerAccess, at now: Instant) -> Query {
    """
    SELECT \(StoredShop.columns(at: now))
      FROM sellers.shop h JOIN catalog.seller_entry s ON s.id = h.seller_id
     WHERE \(condition) AND (h.state = 'active' OR \(sellers.covers("h.seller_id")))
    """
  }

  private var condition: Query {
    switch self {
    case .seller(let id): "h.seller_id = \(id)"
    case .slug(let slug): "s.slug = \(slug)"
    }
  }
}
