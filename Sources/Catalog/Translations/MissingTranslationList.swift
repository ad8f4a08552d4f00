internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the resources of a kind whose texts are not all translated as they are now, within what the caller may
/// translate.
struct MissingTranslationList: PagedList {
  typealias Element = MissingTranslation

  /// The resources that a page looks at: each costs the look for its translation.
  private static let lookedAtMaxUsual = 2_000

  let page: PageRequest
  private let lookedAtMax: Int
  private let kind: TranslatedKind
  private let language: LanguageTag
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(
    _ request: ListMissingTranslationsRequest, for caller: Caller, _ signer: TokenSigner,
    lookingAt lookedAtMax: Int = lookedAtMaxUsual
  ) throws {
    var check = RequestCheck()
    self.lookedAtMax = lookedAtMax
    sellers = caller.sellers
    kind = request.kind
    language = check.language(request.locale, "locale")
    if case .unrecognized(let number) = kind { check.refuse("kind", "Has no value \(number).") }
    page = try check.page(of: request, in: Self.order(kind, sellers), signedBy: signer)
    try check.verify()
  }

  private static func order(_ kind: TranslatedKind, _ sellers: SellerAccess) -> ListOrder {
    switch kind {
    case .category:
      ListOrder("tree", .index("category_by_place"), by: .text("c.place"), .id("c.id", in: "resource_id"))
    case .productType:
      ListOrder(
        "title", .index("product_type_by_title"), by: .text("t.title", in: "title"), .id("t.id", in: "resource_id"))
    case .collection:
      ListOrder(
        "position", .index("collection_by_position"), by: .number("o.position"), .text("o.title", in: "title"),
        .id("o.id", in: "resource_id"))
    case .shop:
      ListOrder("newest shop", .index("shop_pkey"), .descending, by: .id("h.seller_id", in: "resource_id"))
    case .product, .unspecified, .unrecognized:
      ListOrder(
        "newest product",
        .index(sellers == .every ? "product_by_creation" : "product_of_seller_by_creation"), .descending,
        by: .time("p.created_at"), .id("p.id", in: "resource_id"))
    }
  }

  var span: ListSpan? {
    let (tables, condition): (Query, Query) =
      switch kind {
      case .category: ("catalog.category c", sellers.coversPlatform)
      case .productType: ("catalog.product_type t", sellers.coversPlatform)
      case .collection: ("catalog.collection o", sellers.coversPlatform)
      case .shop: ("sellers.shop_text h", sellers.covers("h.seller_id"))
      case .product, .unspecified, .unrecognized: ("catalog.product p", sellers.covers("p.seller_id"))
      }
    return ListSpan(of: tables, where: condition, rowsMax: lookedAtMax)
  }

  var rows: ListRows {
    switch kind {
    case .category:
      ListRows(
        "c.id AS resource_id, c.title, \(Self.hasTexts)", from: "catalog.category c \(translation("c.id"))",
        where: "\(Self.isIncomplete) AND \(sellers.coversPlatform)")
    case .productType:
      ListRows(
        "t.id AS resource_id, t.title, \(Self.hasTexts)", from: "catalog.product_type t \(translation("t.id"))",
        where: "\(Self.isIncomplete) AND t.attributes <> '[]' AND \(sellers.coversPlatform)")
    case .collection:
      ListRows(
        "o.id AS resource_id, o.title, \(Self.hasTexts)", from: "catalog.collection o \(translation("o.id"))",
        where: "\(Self.isIncomplete) AND \(sellers.coversPlatform)")
    case .shop:
      ListRows(
        "h.seller_id AS resource_id, s.name AS title, \(Self.hasTexts)",
        from: """
          sellers.shop_text h
            JOIN catalog.seller s ON s.id = h.seller_id
            \(translation("h.seller_id"))
          """,
        where: """
          \(Self.isIncomplete) AND h.description || h.holiday_note <> '' AND \(sellers.covers("h.seller_id"))
          """)
    case .product, .unspecified, .unrecognized:
      ListRows(
        "p.id AS resource_id, p.title, \(Self.hasTexts)", from: "catalog.product p \(translation("p.id"))",
        where: "\(Self.isIncomplete) AND p.status <> 'archived' AND \(sellers.covers("p.seller_id"))")
    }
  }

  /// Without OFFSET, Postgres may read all translations into the language first.
  private func translation(_ id: Query) -> Query {
    """
    LEFT JOIN LATERAL (SELECT r.locale, r.is_current
                              FROM platform.translation r
                             WHERE r.resource_id = \(id) AND r.locale = \(language.text)
                            OFFSET 0) x ON true
    """
  }

  private static var hasTexts: Query { "x.locale IS NOT NULL AS has_texts" }
  private static var isIncomplete: Query { "NOT coalesce(x.is_current, false)" }
}
